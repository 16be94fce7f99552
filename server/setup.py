"""The first minute of a desk: a link printed where it was started makes the first admin, once."""

from dataclasses import dataclass

from conversations.errors import NotFound
from conversations.store import Tx
from handoff.agents import Agent, NewAgent
from handoff.sessions import open_session
from server import one_time
from server.founding import Founded, Founding, found, founded, lock_beginning

LINK_LIFE_MS = 7 * 86_400_000
"""A desk started again prints another."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A desk that has its admin. token: of their first session."""

    founded: Founded
    admin: Agent
    token: str


def is_needed(tx: Tx) -> bool:
    """Whether the desk has no admin yet."""
    return founded(tx) is None


def new_link(tx: Tx) -> str | None:
    """The token of a link that sets the desk up; None where it has an admin."""
    return one_time.add(tx, "setup", LINK_LIFE_MS) if is_needed(tx) else None


def check(tx: Tx, token: str) -> None:
    """Raises NotFound (`field` token) where the token sets nothing up."""
    one_time.check(tx, "setup", token)
    if not is_needed(tx):
        raise _has_admin()


def begin(tx: Tx, token: str, company: str, name: str, email: str, password_hash: str) -> Begun:
    """Make the company, its first admin, a bot and a website's inbox. Raises NotFound (`field` token), Invalid."""
    lock_beginning(tx)
    if not is_needed(tx):
        raise _has_admin()
    one_time.use(tx, "setup", token)
    admin = NewAgent(email=email, name=name, password_hash=password_hash, role="admin")
    house = found(tx, Founding(admin, company))
    one_time.end_setup(tx)
    session, agent = open_session(tx, house.admin_id)
    return Begun(house, agent, session)


def _has_admin() -> NotFound:
    return NotFound("This desk has an admin already. Log in, or ask them for an invitation.", field="token")
