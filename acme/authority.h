#ifndef ACME_AUTHORITY_H
#define ACME_AUTHORITY_H
/* The flow of a certificate authority: what does its directory say, and is it
 * back after it was down? */
#include "acme/authority_row.h"
#include "scheduler/step.h"

extern const struct flow authority_flow;
#endif
