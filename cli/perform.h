#ifndef CLI_PERFORM_H
#define CLI_PERFORM_H
/* The two performers that only hand a question on: io must not see the
 * scheduler, nor the scheduler io/dns and io/http. */
#include "scheduler/perform.h"

/* QUESTION_DNS; context: the struct dns.  status: rcode, values: the data of
 * all records, detail: struct dns_reply. */
void perform_dns(void *context, struct asked *);
/* QUESTION_HTTP, a GET; context: the struct http.  status: HTTP's, values:
 * { body }, of at most 64 KiB. */
void perform_http(void *context, struct asked *);
#endif
