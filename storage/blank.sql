BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE audit (
	workspace_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	actor TEXT NOT NULL, 
	action TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	details TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	PRIMARY KEY (workspace_id, number)
);
CREATE TABLE audit_heads (
	workspace_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	hash TEXT NOT NULL, 
	PRIMARY KEY (workspace_id)
);
CREATE TABLE customers (
	workspace_id TEXT NOT NULL, 
	tenant_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	cloud TEXT NOT NULL, 
	country TEXT NOT NULL, 
	reseller TEXT NOT NULL, 
	grants TEXT NOT NULL, 
	domain TEXT, 
	version BIGINT NOT NULL, 
	reseller_since BIGINT, 
	reseller_ended_at BIGINT, 
	agreement_signed_at BIGINT, 
	seen_run TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (workspace_id, tenant_id)
);
CREATE TABLE drafts (
	workspace_id TEXT NOT NULL, 
	id TEXT NOT NULL, 
	user_id TEXT NOT NULL, 
	domain TEXT NOT NULL, 
	form TEXT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	PRIMARY KEY (workspace_id, id)
);
CREATE TABLE grants (
	workspace_id TEXT NOT NULL, 
	relationship_id TEXT NOT NULL, 
	tenant_id TEXT NOT NULL, 
	PRIMARY KEY (workspace_id, relationship_id, tenant_id), 
	FOREIGN KEY(workspace_id, tenant_id) REFERENCES customers (workspace_id, tenant_id) ON DELETE CASCADE
);
CREATE TABLE installations (
	token_fingerprint TEXT NOT NULL, 
	workspace_id TEXT NOT NULL, 
	answer TEXT NOT NULL, 
	PRIMARY KEY (token_fingerprint)
);
CREATE TABLE invitations (
	workspace_id TEXT NOT NULL, 
	id TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	status TEXT NOT NULL, 
	requested_by TEXT NOT NULL, 
	version BIGINT NOT NULL, 
	requested_at BIGINT NOT NULL, 
	due_at BIGINT NOT NULL, 
	tenant_id TEXT, 
	domain TEXT, 
	relationship_id TEXT, 
	decided_by TEXT, 
	relationship_name TEXT NOT NULL, 
	decided_at BIGINT, 
	customer_name TEXT NOT NULL, 
	contact_name TEXT NOT NULL, 
	contact_email TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	text TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	comment TEXT NOT NULL, 
	problem TEXT NOT NULL, 
	problem_detail TEXT NOT NULL, 
	facts TEXT NOT NULL, 
	PRIMARY KEY (workspace_id, id)
);
CREATE TABLE lanes (
	workspace_id TEXT NOT NULL, 
	lane TEXT NOT NULL, 
	not_before BIGINT NOT NULL, 
	PRIMARY KEY (workspace_id, lane)
);
CREATE TABLE messages (
	workspace_id TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	ts TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	PRIMARY KEY (workspace_id, subject, channel)
);
CREATE TABLE notes (
	workspace_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (workspace_id, name)
);
CREATE TABLE secrets (
	workspace_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	key_id TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (workspace_id, name)
);
CREATE TABLE work (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	workspace_id TEXT NOT NULL, 
	id TEXT NOT NULL, 
	queue TEXT NOT NULL, 
	lane TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	due_at BIGINT NOT NULL, 
	lease_until BIGINT DEFAULT '0' NOT NULL, 
	attempts BIGINT DEFAULT '0' NOT NULL, 
	answered BIGINT DEFAULT '0' NOT NULL, 
	token TEXT DEFAULT '' NOT NULL, 
	status TEXT DEFAULT 'waiting' NOT NULL, 
	outcome TEXT DEFAULT '' NOT NULL, 
	ended_at BIGINT
);
CREATE UNIQUE INDEX invitations_by_key ON invitations (workspace_id, "key") WHERE key <> '';
CREATE INDEX invitations_by_status_requested_at ON invitations (workspace_id, status, requested_at);
CREATE INDEX invitations_by_tenant_id_requested_at ON invitations (workspace_id, tenant_id, requested_at);
CREATE INDEX invitations_by_domain_requested_at ON invitations (workspace_id, domain, requested_at);
CREATE INDEX invitations_by_relationship_id ON invitations (workspace_id, relationship_id);
CREATE INDEX invitations_by_relationship_name ON invitations (workspace_id, relationship_name);
CREATE INDEX customers_by_domain ON customers (workspace_id, domain);
CREATE INDEX customers_by_reseller_tenant_id ON customers (workspace_id, reseller, tenant_id);
CREATE INDEX grants_by_tenant_id ON grants (workspace_id, tenant_id);
CREATE UNIQUE INDEX work_by_id ON work (workspace_id, id);
CREATE UNIQUE INDEX work_by_queue_key ON work (workspace_id, queue, "key") WHERE key <> '';
CREATE INDEX work_by_queue_due_at_seq ON work (workspace_id, queue, due_at, seq) WHERE status = 'waiting' AND lane = '';
CREATE INDEX work_by_queue_lane_seq ON work (workspace_id, queue, lane, seq) WHERE status = 'waiting';
CREATE INDEX work_by_queue_lane ON work (workspace_id, queue, lane) WHERE status = 'waiting' AND lease_until > 0;
CREATE INDEX work_by_queue_ended_at ON work (workspace_id, queue, ended_at) WHERE status = 'abandoned';
CREATE INDEX audit_by_subject_number ON audit (workspace_id, subject, number);
CREATE TRIGGER audit_refuses_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE INDEX drafts_by_user_id_domain_updated_at ON drafts (workspace_id, user_id, domain, updated_at);
CREATE INDEX drafts_by_updated_at ON drafts (workspace_id, updated_at);
DELETE FROM "sqlite_sequence";
COMMIT;
