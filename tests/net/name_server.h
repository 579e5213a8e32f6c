#ifndef TESTS_NET_NAME_SERVER_H
#define TESTS_NET_NAME_SERVER_H
/*
 * Real name servers, Knot and BIND, that take updates, each a child on a
 * loopback port with its files in the present folder:
 *
 *	dcv.test	updates of TXT with KEY_SHA1 … KEY_SHA512
 *	quiet.test	the same, but only who signs may ask for what it has (BIND only)
 *	locked.test	no updates
 */
#include <stdbool.h>
#include <sys/types.h>
#include "io/loop.h"

#define NAME_SERVER_SECRET "kx148GKVjU6a9vyBmtoiSj63GMwIlv8ioLF4C4PD5gk="

/* Of each kind of TSIG; a key is named as its algorithm. */
extern const char *const name_server_algorithms[];	/* ends with NULL */

struct name_server {
	unsigned port;		/* of 127.0.0.1 */
	pid_t	 pid;
	bool	 is_bind;
};

bool name_server_has_bind(void);	/* installed? */
/* Returns when it serves dcv.test; aborts the test when it does not. */
struct name_server name_server_start(struct loop *, bool is_bind);
void name_server_stop(struct name_server *);

/* Lines of knsupdate or nsupdate ("add a.dcv.test. 60 TXT \"v\""), sent with a key. */
bool name_server_update(const struct name_server *, const char *lines);
#endif
