-- ipc_sessions: ipc_sessions_between_session
-- Written by pipec from the project `engage_analytics`; change it there, not here.

select session
from {{ ref('ipc_sessions') }}
where session not between 1 and 4
