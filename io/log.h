#ifndef IO_LOG_H
#define IO_LOG_H
/*
 * Lines to standard error: logfmt or JSON, one event a line, control bytes
 * escaped, values capped at 1 KiB.  Pure code never logs; the engine logs each
 * verdict once.  Set up once in main; safe from any thread.
 */
#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* level "debug" … "error", format "logfmt" or "json"; false: not one of them. */
bool log_setup(const char *level, const char *format);
/* log_event(LOG_INFO, "started", "version", v, "pid", p, NULL): a message, then
 * pairs of key and text; a pair whose text is NULL or "" is left out. */
void log_event(enum log_level, const char *message, ...) __attribute__((sentinel));
/* Text of a number, for log_event: log_int(buf24, n). */
struct log_number { char text[24]; };
const char *log_int(struct log_number *, long long);
#endif
