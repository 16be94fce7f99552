"""People who mean no good, and programs that are broken: each gets its error, and the server goes on."""
