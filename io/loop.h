#ifndef IO_LOOP_H
#define IO_LOOP_H
/*
 * The event loop (libuv) of the one thread that everything runs on, timers on
 * the monotonic clock, signals, and an orderly stop.
 */
#include <stdbool.h>
#include <stdint.h>

struct loop;
struct timer;
typedef void loop_fn(void *arg);

struct loop *loop_new(void);	/* caller frees after all that lives on it is closed */
void loop_free(struct loop *);	/* runs what is still closing, then frees */
void loop_run(struct loop *);	/* until loop_stop, or until nothing is left to wait for */
void loop_stop(struct loop *);	/* loop_run returns after the present callback */
/* Handle what is ready and return; waits for one event if `wait`. */
void loop_turn(struct loop *, bool wait);
struct uv_loop_s *loop_uv(struct loop *);	/* for io/ only */

/* Milliseconds of the monotonic clock (fresh, not the loop's cached time).
 * It measures spans; what time it *is* the database says. */
int64_t loop_now_ms(const struct loop *);

/* A timer that calls fn(arg) after `ms`, then every `repeat_ms` (0: once).
 * timer_start on a running timer starts it anew. */
struct timer *timer_new(struct loop *, loop_fn *, void *arg);
void timer_start(struct timer *, int64_t ms, int64_t repeat_ms);
void timer_stop(struct timer *);
void timer_free(struct timer *);	/* NULL is fine; never calls again */

/* fn(arg) on each SIGTERM or SIGINT; SIGPIPE is ignored from here on. */
void loop_on_stop_signal(struct loop *, loop_fn *, void *arg);
/* fn(arg) once, from the loop, after the present callback has returned. */
void loop_soon(struct loop *, loop_fn *, void *arg);
#endif
