#ifndef IO_DNS_SERVE_INSIDE_H
#define IO_DNS_SERVE_INSIDE_H
/* What io/dns_serve*.c share. */
#include <sys/queue.h>
#include "io/dns_serve.h"
#include "io/watch.h"

/* A longer query is none that anybody sends; by UDP it is dropped, by TCP it
 * ends the connection. */
enum { DNS_QUERY_MAX = 4096, DNS_ANSWER_MAX = 65535, DNS_LISTENERS = 8 };
enum { DNS_CONNECTIONS = 256, DNS_OF_ONE_ADDRESS = 16, DNS_IDLE_MS = 10000 };

struct dns_listener {
	struct dns_serve *serve;
	int	      udp, tcp;
	struct watch *udp_watch, *tcp_watch;
	bool	      is_wildcard;	/* which address was asked is to be seen for each datagram */
	unsigned      port;
};

struct dns_connection;
TAILQ_HEAD(dns_connections, dns_connection);
struct dns_batch;
struct dns_serve {
	struct loop	   *loop;
	dns_serve_fn	   *fn;
	void		   *arg;
	struct dns_listener listeners[DNS_LISTENERS];
	size_t		    listener_count;
	struct dns_batch   *batch;
	struct dns_connections connections;	/* the one that has been silent longest first */
	size_t		    connection_count;
	struct timer	   *timer;		/* runs while there are connections, or accepting rests */
	int64_t		    timer_due_ms;	/* 0: it does not run */
	int64_t		    idle_ms;
	unsigned char	    answer[2 + DNS_ANSWER_MAX];	/* by TCP: with its length before it */
};

watch_fn dns_tcp_on_connection;		/* arg: struct dns_listener */
loop_fn dns_tcp_on_timer;		/* arg: struct dns_serve */
void dns_tcp_close_all(struct dns_serve *);
#endif
