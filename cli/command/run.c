/* certwright run. */
#include "cli/run.h"

enum exit_code
command_run(struct call *call)
{
	return run_daemon(call->conf, call_flag(call, "once") != NULL, call->arena);
}
