"""The tables of the first release. Times are microseconds since 1970 in UTC; JSON is text."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _invitations()
    _customers()
    _work()
    _audit()
    _append_only()
    _conversations()
    _small_things()


def _text(name: str, *, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _maybe_text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text)


def _number(name: str, *, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=default)


def _maybe_number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger)


def _index(table: str, *columns: str, where: str = "", unique: bool = False) -> None:
    condition = sa.text(where) if where else None
    op.create_index(
        f"{table}_by_{'_'.join(columns)}",
        table,
        ["workspace_id", *columns],
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _invitations() -> None:
    op.create_table(
        "invitations",
        *(_text(name) for name in ("workspace_id", "id", "key", "status", "requested_by")),
        *(_number(name) for name in ("version", "requested_at", "due_at")),
        *(_maybe_text(name) for name in ("tenant_id", "domain", "relationship_id", "decided_by")),
        _text("relationship_name"),
        _maybe_number("decided_at"),
        # Personal data and free text are here and nowhere else.
        *(_text(name) for name in ("customer_name", "contact_name", "contact_email", "subject", "text")),
        *(_text(name) for name in ("reason", "comment", "problem", "problem_detail")),
        _text("facts"),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
    )
    _index("invitations", "key", where="key <> ''", unique=True)
    _index("invitations", "status", "requested_at")
    _index("invitations", "tenant_id", "requested_at")
    _index("invitations", "domain", "requested_at")
    _index("invitations", "relationship_id")
    _index("invitations", "relationship_name")


def _customers() -> None:
    op.create_table(
        "customers",
        *(
            _text(name)
            for name in ("workspace_id", "tenant_id", "name", "cloud", "country", "reseller", "grants")
        ),
        _maybe_text("domain"),
        _number("version"),
        *(_maybe_number(name) for name in ("reseller_since", "reseller_ended_at", "agreement_signed_at")),
        _text("seen_run", default=""),
        sa.PrimaryKeyConstraint("workspace_id", "tenant_id"),
    )
    _index("customers", "domain")
    _index("customers", "reseller", "tenant_id")
    op.create_table(
        "grants",
        *(_text(name) for name in ("workspace_id", "relationship_id", "tenant_id")),
        sa.PrimaryKeyConstraint("workspace_id", "relationship_id", "tenant_id"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "tenant_id"],
            ["customers.workspace_id", "customers.tenant_id"],
            ondelete="CASCADE",
        ),
    )
    _index("grants", "tenant_id")


def _work() -> None:
    op.create_table(
        "work",
        sa.Column("seq", _SERIAL, primary_key=True, autoincrement=True),
        *(_text(name) for name in ("workspace_id", "id", "queue", "lane", "key", "payload")),
        _number("due_at"),
        *(_number(name, default="0") for name in ("lease_until", "attempts", "answered")),
        _text("token", default=""),
        _text("status", default="waiting"),
        _text("outcome", default=""),
        _maybe_number("ended_at"),
        sqlite_autoincrement=True,
    )
    _index("work", "id", unique=True)
    _index("work", "queue", "key", where="key <> ''", unique=True)
    _index("work", "queue", "due_at", "seq", where="status = 'waiting' AND lane = ''")
    _index("work", "queue", "lane", "seq", where="status = 'waiting'")
    _index("work", "queue", "lane", where="status = 'waiting' AND lease_until > 0")
    _index("work", "queue", "ended_at", where="status = 'abandoned'")
    op.create_table(
        "lanes",
        _text("workspace_id"),
        _text("lane"),
        _number("not_before"),
        sa.PrimaryKeyConstraint("workspace_id", "lane"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        _text("workspace_id"),
        _number("number"),
        _number("at"),
        *(_text(name) for name in ("actor", "action", "subject", "details", "hash")),
        sa.PrimaryKeyConstraint("workspace_id", "number"),
    )
    _index("audit", "subject", "number")
    op.create_table(
        "audit_heads",
        _text("workspace_id"),
        _number("number"),
        _text("hash"),
        sa.PrimaryKeyConstraint("workspace_id"),
    )


def _append_only() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_refuses_{event.lower()} BEFORE {event} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_refuses BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()"
    )


def _conversations() -> None:
    op.create_table(
        "messages",
        *(_text(name) for name in ("workspace_id", "subject", "channel", "ts", "digest")),
        sa.PrimaryKeyConstraint("workspace_id", "subject", "channel"),
    )
    op.create_table(
        "drafts",
        *(_text(name) for name in ("workspace_id", "id", "user_id", "domain", "form")),
        _number("updated_at"),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
    )
    _index("drafts", "user_id", "domain", "updated_at")
    _index("drafts", "updated_at")


def _small_things() -> None:
    op.create_table(
        "secrets",
        *(_text(name) for name in ("workspace_id", "name", "key_id", "value")),
        sa.PrimaryKeyConstraint("workspace_id", "name"),
    )
    op.create_table(
        "notes",
        *(_text(name) for name in ("workspace_id", "name", "value")),
        sa.PrimaryKeyConstraint("workspace_id", "name"),
    )
    op.create_table(
        "installations",
        *(_text(name) for name in ("token_fingerprint", "workspace_id", "answer")),
        sa.PrimaryKeyConstraint("token_fingerprint"),
    )
