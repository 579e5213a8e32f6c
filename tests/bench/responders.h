#ifndef BENCH_RESPONDERS_H
#define BENCH_RESPONDERS_H
#include <stdbool.h>
/* Requests a second of one core that the http-01 responder answers, over
 * connections that are kept or over one for each request. */
double bench_http01(bool is_kept);
#endif
