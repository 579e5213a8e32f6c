#ifndef DCV_ORIGIN_H
#define DCV_ORIGIN_H
/* The flow of a zone's fallback origin: does its name resolve? */
#include "scheduler/step.h"

struct origin {
	const char *name;
};

extern const struct flow origin_flow;
#endif
