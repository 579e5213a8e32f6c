/* The list of resolvers: ours, or the machine's. */
#include "io/dns_resolvers.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"

struct list {
	struct sockaddr_storage *at;
	unsigned count;
};

/* Adds the addresses in a list that is separated by any of `between`. */
static bool
add(struct list *l, const char *list, const char *between)
{
	char one[128];
	size_t len;

	for (list += strspn(list, between); *list != '\0'; list += strspn(list, between)) {
		len = strcspn(list, between);
		if (len >= sizeof(one) || l->count == DNS_RESOLVERS)
			return false;
		memcpy(one, list, len);
		one[len] = '\0';
		if (!addr_parse_port(one, 53, &l->at[l->count]))
			return false;
		l->count++;
		list += len;
	}
	return l->count > 0;
}

static void
read_resolv_conf(struct list *l)
{
	FILE *file = fopen("/etc/resolv.conf", "re");
	char line[256];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "nameserver", 10) != 0 || strchr(" \t", line[10]) == NULL)
			continue;
		/* A line that we cannot use (a zone id, say) is passed over, as libc does. */
		line[strcspn(line, "#;")] = '\0';
		(void)add(l, line + 10, " \t\r\n");
	}
	if (file != NULL)
		fclose(file);
	if (l->count == 0)	/* resolv.conf(5) */
		(void)add(l, "127.0.0.1", " ");
}

bool
dns_resolvers_read(const char *list, struct sockaddr_storage ret[DNS_RESOLVERS], unsigned *ret_count)
{
	struct list l = { ret, 0 };

	if (*list == '\0')
		read_resolv_conf(&l);
	else if (!add(&l, list, ", "))
		return false;
	*ret_count = l.count;
	return true;
}
