"""
The SQL of durable work.

`seq` is the order in which work was added. `attempts` counts claims, `answered` those whose end was recorded.
Claims that ended with their process count as one: how long to wait after a failure does not grow with kills.
`lease_until` is 0 while nobody holds it.
"""

ADD = """
    INSERT INTO work (workspace_id, id, queue, lane, key, payload, due_at)
    VALUES (:workspace_id, :id, :queue, :lane, :key, :payload, :due_at) ON CONFLICT DO NOTHING
"""

# The first work of every lane, found lane by lane in the index: what waits behind it is not looked at.
_HEADS = """
    WITH RECURSIVE waiting_lanes (lane) AS (
        SELECT MIN(lane) FROM work
         WHERE workspace_id = :workspace_id AND queue = :queue AND status = 'waiting' AND lane > ''
         UNION ALL
        SELECT (SELECT MIN(lane) FROM work
                 WHERE workspace_id = :workspace_id AND queue = :queue AND status = 'waiting'
                   AND lane > waiting_lanes.lane)
          FROM waiting_lanes WHERE waiting_lanes.lane IS NOT NULL),
    heads (seq) AS (
        SELECT (SELECT MIN(seq) FROM work
                 WHERE workspace_id = :workspace_id AND queue = :queue AND status = 'waiting'
                   AND lane = waiting_lanes.lane)
          FROM waiting_lanes WHERE waiting_lanes.lane IS NOT NULL)
"""

# What another transaction holds in this instant is skipped. Another piece of the lane that is leased counts
# too: on PostgreSQL one with a lower `seq` can appear after a later one was claimed. A lane that would rest
# longer than a lease began to before the clock was set back.
CLAIM = f"""
    {_HEADS},
    candidates (seq) AS (
        SELECT seq FROM heads
         UNION ALL
        SELECT seq FROM work
         WHERE workspace_id = :workspace_id AND queue = :queue AND status = 'waiting' AND lane = ''
           AND due_at <= :now AND lease_until <= :now)
    UPDATE work SET token = :token, lease_until = :until,
           attempts = CASE WHEN lease_until > 0 THEN answered + 2 ELSE attempts + 1 END
     WHERE seq IN (
        SELECT w.seq FROM work AS w
         WHERE w.seq IN (SELECT seq FROM candidates) AND w.status = 'waiting'
           AND w.due_at <= :now AND w.lease_until <= :now
           AND NOT EXISTS (
               SELECT 1 FROM work AS other
                WHERE w.lane <> '' AND other.workspace_id = w.workspace_id AND other.queue = w.queue
                  AND other.lane = w.lane AND other.status = 'waiting' AND other.seq <> w.seq
                  AND other.lease_until > 0 AND other.lease_until > :now)
           AND NOT EXISTS (
               SELECT 1 FROM lanes
                WHERE lanes.workspace_id = w.workspace_id AND lanes.lane = w.lane
                  AND lanes.not_before > :now AND lanes.not_before <= :until)
         ORDER BY w.due_at, w.seq LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING *
"""  # noqa: S608 - both parts are ours, and hold no values

FINISH = """
    UPDATE work SET status = :status, outcome = :outcome, ended_at = :ended_at, answered = answered + 1,
           token = '', lease_until = 0
     WHERE workspace_id = :workspace_id AND id = :id AND token = :token AND status = 'waiting'
"""

POSTPONE = """
    UPDATE work SET due_at = :due_at, outcome = :outcome, token = '', lease_until = 0,
           attempts = CASE WHEN :afresh = 1 THEN 0 ELSE attempts END,
           answered = CASE WHEN :afresh = 1 THEN 0 ELSE answered + :answered END
     WHERE workspace_id = :workspace_id AND id = :id AND token = :token AND status = 'waiting'
"""

REST = """
    INSERT INTO lanes (workspace_id, lane, not_before) VALUES (:workspace_id, :lane, :until)
        ON CONFLICT (workspace_id, lane) DO UPDATE
       SET not_before = GREATEST(lanes.not_before, excluded.not_before)
"""

# As if every lease had run out: whoever claims it next finds it uncertain, and nobody who is still at it has
# the token to record an end. Messages nobody began are treated alike: if this is a restored backup, they may
# have been said since it was taken, and looking for them costs little.
RELEASE = """
    UPDATE work SET token = '', lease_until = 1
     WHERE workspace_id = :workspace_id AND status = 'waiting' AND (lease_until > 0 OR queue = 'outbox')
"""

# Only the first of a lane can be claimed; what waits behind it must not wake anybody.
NEXT_DUE = f"""
    {_HEADS}
    SELECT MIN(due_at) AS due_at FROM (
        SELECT GREATEST(w.due_at, w.lease_until, COALESCE(lanes.not_before, 0)) AS due_at
          FROM heads
          JOIN work AS w ON w.seq = heads.seq
          LEFT JOIN lanes ON lanes.workspace_id = w.workspace_id AND lanes.lane = w.lane
         UNION ALL
        SELECT MIN(GREATEST(due_at, lease_until)) FROM work
         WHERE workspace_id = :workspace_id AND queue = :queue AND status = 'waiting' AND lane = '') AS firsts
"""  # noqa: S608 - as above

COUNTS = """
    SELECT COUNT(CASE WHEN status = 'waiting' THEN 1 END) AS waiting,
           COUNT(CASE WHEN status = 'abandoned' THEN 1 END) AS abandoned,
           MIN(CASE WHEN status = 'waiting' AND due_at <= :now THEN due_at END) AS oldest_due_at
      FROM work WHERE workspace_id = :workspace_id AND queue = :queue AND status IN ('waiting', 'abandoned')
"""

BY_LANE = """
    SELECT lane, COUNT(*) AS number FROM work
     WHERE workspace_id = :workspace_id AND queue = :queue AND status = 'waiting' AND lane <> ''
     GROUP BY lane
"""

ABANDONED = """
    SELECT * FROM work WHERE workspace_id = :workspace_id AND queue = :queue AND status = 'abandoned'
     ORDER BY ended_at DESC, seq DESC LIMIT :limit
"""

KNOWN = """
    SELECT id FROM work WHERE workspace_id = :workspace_id AND queue = :queue AND key = :key AND key <> ''
"""

WORKSPACES = "SELECT DISTINCT workspace_id FROM work ORDER BY workspace_id"
