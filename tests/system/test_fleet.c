/* Several daemons on one database: a fair share each, no work done twice, and
 * the work of one that hangs is taken over. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/system/daemon.h"

enum { HOSTNAMES = 200, SHARE_MS = 20000, TAKEOVER_MS = 40000, WORK_MS = 20000, STOP_MS = 10000, LATE_MS = 30000 };

/* ---- name servers that know of no name --------------------------------------------
 *
 * The second daemon asks one of its own, which can be held: its questions then
 * stay unanswered, so that it has work under way when it is stopped. */

enum { FIRST, SECOND, SERVERS };

static struct {
	struct place place;
	int	     fds[SERVERS], changed;
	char	     addresses[SERVERS][32];
	atomic_bool  holds_second, ends;
	pthread_t    thread;
} it;

/* "There is no such name": the question, with another header (RFC 1035, 4.1.1). */
static void
answer_one(int fd)
{
	struct sockaddr_in from;
	socklen_t from_len = sizeof from;
	unsigned char packet[2048];
	ssize_t n = recvfrom(fd, packet, sizeof packet, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);

	if (n < 12)
		return;
	packet[2] |= 0x80;	/* QR */
	packet[3] = 0x80 | 3;	/* RA, name error */
	sendto(fd, packet, (size_t)n, 0, (struct sockaddr *)&from, from_len);
}

static void *
answer_all(void *arg)
{
	(void)arg;
	while (!it.ends) {
		struct pollfd p[] = { { it.changed, POLLIN, 0 }, { it.fds[FIRST], POLLIN, 0 },
			{ it.holds_second ? -1 : it.fds[SECOND], POLLIN, 0 } };
		uint64_t count;

		poll(p, 3, -1);
		if (p[0].revents != 0)
			cr_assert_eq(read(it.changed, &count, sizeof count), (ssize_t)sizeof count);
		else
			for (int i = 1; i < 3; i++)
				if (p[i].revents != 0)
					answer_one(p[i].fd);
	}
	return NULL;
}

static void
set(atomic_bool *what, bool to)
{
	*what = to;
	cr_assert_eq(eventfd_write(it.changed, 1), 0);
}

static void
open_server(int i)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int room = 4 << 20;

	it.fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(it.fds[i], SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	cr_assert_eq(bind(it.fds[i], (struct sockaddr *)&at, sizeof at), 0);
	cr_assert_eq(getsockname(it.fds[i], (struct sockaddr *)&at, &len), 0);
	snprintf(it.addresses[i], sizeof it.addresses[i], "127.0.0.1:%d", ntohs(at.sin_port));
}

static void
begin(void)
{
	it.place = place_make();
	it.changed = eventfd(0, EFD_CLOEXEC);
	for (int i = 0; i < SERVERS; i++)
		open_server(i);
	cr_assert_eq(pthread_create(&it.thread, NULL, answer_all, NULL), 0);
	for (int i = 0; i < HOSTNAMES; i++) {
		char name[64];

		snprintf(name, sizeof name, "fleet%d.customer.test", i);
		place_add_hostname(&it.place, name, false);
	}
}

static void
finish(void)
{
	set(&it.ends, true);
	pthread_join(it.thread, NULL);
	for (int i = 0; i < SERVERS; i++)
		close(it.fds[i]);
	close(it.changed);
	place_give_back(&it.place);
}

TestSuite(fleet, .init = begin, .fini = finish, .timeout = 300);

/* ---- daemons and their shards -------------------------------------------------- */

static struct daemon
join(const char *name, int server)
{
	/* nothing here needs a port, and so other tests can have them */
	return daemon_start(name, it.place.database, "--challenge-listen", "", "--dns-listen", "", "--admin-listen", "",
	    "--edge-directory", "", "--edge-probe", "", "--resolvers", it.addresses[server], NULL);
}

static const char *
name_end(const struct daemon *d)
{
	static char text[32];

	snprintf(text, sizeof text, "/%ld", (long)d->pid);
	return text;
}


/* Between so many shards, before the deadline; then how many. */
static void
assert_gets(const struct daemon *d, long least, long most, int within_ms)
{
	char query[512];
	long held;

	snprintf(query, sizeof query, "select count(*) between %ld and %ld from certwright.shard s"
	    " join certwright.daemon d on d.id = s.owner where right(d.name, length($1)) = $1", least, most);
	if (sql_becomes_true(it.place.sql, query, name_end(d), within_ms))
		return;
	held = sql_number(it.place.sql, "select count(*) from certwright.shard s join certwright.daemon d"
	    " on d.id = s.owner where right(d.name, length($1)) = $1", name_end(d));
	cr_assert_fail("%ld shards instead of %ld to %ld", held, least, most);
}

/* SIGTERM: it ends well, and what it held is free or somebody else's. */
static void
leave(struct daemon *d)
{
	auto_result *id = sql_rows(it.place.sql, "select id from certwright.daemon"
	    " where right(name, length($1)) = $1", name_end(d));

	cr_assert_eq(PQntuples(id), 1);
	daemon_stop(d, STOP_MS);
	cr_assert_eq(sql_number(it.place.sql, "select count(*) from certwright.shard where owner = $1::uuid",
	    PQgetvalue(id, 0, 0)), 0);
	cr_assert_eq(sql_number(it.place.sql, "select count(*) from certwright.daemon where id = $1::uuid",
	    PQgetvalue(id, 0, 0)), 0);
}

/* ---- looks at hostnames -------------------------------------------------------- */

static void
refresh_all(void)
{
	sql_do(it.place.sql, "select certwright.refresh_hostname(id) from certwright.custom_hostname", NULL);
}

/* Every start of a schedule shows as one first look, and every later look is
 * one retry further than the one before: none was made twice. */
static void
assert_each_looked_at(int starts)
{
	char text[16];

	snprintf(text, sizeof text, "%d", starts);
	cr_assert(sql_becomes_true(it.place.sql, "select count(*) = 200 from (select subject_id from"
	    " certwright.attempt_history where flow = 'hostname' and attempt = 0 group by 1"
	    " having count(*) >= $1::int) s", text, WORK_MS), "not all of start %d was done", starts);
	cr_assert_eq(sql_number(it.place.sql, "select count(*) from (select from certwright.attempt_history"
	    " where flow = 'hostname' and attempt = 0 group by subject_id having count(*) <> $1::int) s", text), 0,
	    "some were looked at twice after start %d", starts);
	cr_assert_eq(sql_number(it.place.sql, "select count(*) from (select attempt, lag(attempt) over"
	    " (partition by subject_id order by at) as before from certwright.attempt_history"
	    " where flow = 'hostname') s where attempt <> 0 and attempt is distinct from before + 1", NULL), 0);
	cr_assert_eq(sql_number(it.place.sql, "select count(*) from certwright.attempt_history"
	    " where outcome not in ('retry', 'wait')", NULL), 0);
}

/* The second has questions under way when it stops. */
static void
freeze_at_work(const struct daemon *d)
{
	struct pollfd asked = { .fd = it.fds[SECOND], .events = POLLIN };

	set(&it.holds_second, true);
	refresh_all();
	cr_assert_eq(poll(&asked, 1, WORK_MS), 1, "the second daemon asks nothing");
	cr_assert_eq(kill(d->pid, SIGSTOP), 0);
}

static void
thaw(const struct daemon *d)
{
	set(&it.holds_second, false);
	cr_assert_eq(kill(d->pid, SIGCONT), 0);
}

static void
assert_refused_late_verdicts(const struct daemon *d)
{
	for (int waited = 0; !daemon_said(d, "late verdicts were refused"); waited += 50) {
		cr_assert_lt(waited, LATE_MS, "no verdict was refused; see %s", d->log);
		daemon_run_for(d, 50);
	}
}

Test(fleet, daemons_share_take_over_and_leave_without_doing_work_twice)
{
	struct daemon first = join("fleet-1", FIRST), second = join("fleet-2", SECOND), third;

	assert_gets(&first, 24, 40, SHARE_MS);
	assert_gets(&second, 24, 40, SHARE_MS);
	assert_each_looked_at(1);

	freeze_at_work(&second);
	assert_gets(&first, 64, 64, TAKEOVER_MS);
	assert_each_looked_at(2);
	refresh_all();
	assert_each_looked_at(3);
	thaw(&second);
	assert_refused_late_verdicts(&second);
	assert_gets(&second, 24, 40, SHARE_MS);
	assert_each_looked_at(3);

	third = join("fleet-3", FIRST);
	assert_gets(&third, 15, 24, SHARE_MS);
	refresh_all();
	leave(&first);
	assert_each_looked_at(4);
	leave(&second);
	assert_gets(&third, 64, 64, SHARE_MS);
	refresh_all();
	assert_each_looked_at(5);
	leave(&third);
	cr_assert_eq(sql_number(it.place.sql, "select count(*) from certwright.shard where owner is not null", NULL), 0);
}
