"""What holds for every test.

Who starts the tests in the background of a script has Ctrl-C ignored, for the tests and for every process that they
start. Some tests press Ctrl-C: for them it is as it would be at a terminal.
"""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
