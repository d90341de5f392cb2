"""Services that know from earlier what an organisation's accounts hold. They name resources, and prove nothing."""
