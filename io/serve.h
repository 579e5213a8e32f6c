#ifndef IO_SERVE_H
#define IO_SERVE_H
/*
 * HTTP in: libmicrohttpd (external epoll mode) on the loop.  GET and HEAD
 * only, no bodies taken, idle connections closed after 10 s, at most 1,024 connections.
 */
#include <stdbool.h>
#include "base/err.h"
#include "io/loop.h"

struct serve;
struct serve_request;
/* Answer now or later with serve_answer, exactly once.  `host` is the Host
 * header without its port, in lower case ("" if absent).  503 is given
 * Retry-After by itself. */
typedef void serve_fn(void *arg, struct serve_request *, const char *host, const char *path);
struct serve *serve_open(struct loop *, const char *address_port, serve_fn *, void *arg, struct err *);
void serve_close(struct serve *);
void serve_answer(struct serve_request *, int status, const char *content_type, const char *body);
unsigned serve_port(const struct serve *);	/* the real one when 0 was asked for */
#endif
