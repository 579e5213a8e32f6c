#ifndef CLI_PERFORM_H
#define CLI_PERFORM_H
/* The performer that only hands a question on: io must not see the scheduler,
 * nor the scheduler io/http. */
#include "scheduler/perform.h"

/* QUESTION_HTTP, a GET; context: the struct http.  status: HTTP's, values:
 * { body, of at most 64 KiB and without a NUL; Location, if there is one }. */
void perform_http(void *context, struct asked *);
#endif
