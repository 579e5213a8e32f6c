#ifndef KIT_SIM_H
#define KIT_SIM_H
/*
 * The whole engine on a real database in virtual time.  clock_now() is
 * replaced by a table of one row; the simulation runs the engine until it is
 * idle, then moves the clock to the next alarm.  DNS and HTTP are played by
 * world.h, CAs by played_ca.h, the edge by played_edge.h; every hostname is
 * served by our responder.
 */
#include <stdint.h>
#include "io/pg.h"
#include "scheduler/engine.h"

struct sim;
/* A database of its own; the clock stands at 2026-01-01 00:00:00 UTC. */
struct sim *sim_open(const struct flow *const *flows);
void sim_close(struct sim *);
/* All that is due up to this many seconds after the start, where the clock
 * then stands. */
void sim_run_until(struct sim *, int64_t seconds);
/* Years of many rows: the clock moves in steps of so many seconds, and what is
 * due within one goes together. */
void sim_coarse(struct sim *, int64_t step);
/* The machine's clock jumps, forward or back; what is due then is done. */
void sim_jump(struct sim *, int64_t seconds);
int64_t sim_now(struct sim *);		/* seconds since the start */
/* One value of a statement (constant text), or "" for none; free it. */
char *sim_value(struct sim *, const char *sql);
int64_t sim_number(struct sim *, const char *sql);
void sim_do(struct sim *, const char *sql);
struct engine_stats sim_stats(const struct sim *);
/* kill -9 of the daemon between two turns, and a new one in its place. */
void sim_kill(struct sim *);
/* The same from within an outside act: as soon as the present turn is over. */
void sim_kill_soon(struct sim *);
#endif
