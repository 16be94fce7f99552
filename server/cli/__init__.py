"""The command line: `frontdesk --help`."""


def main() -> None:
    """Run the command that the arguments name."""
    from server.cli.app import app

    app()
