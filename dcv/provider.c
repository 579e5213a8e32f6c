/* Well-known providers by names and addresses. */
#include "dcv/provider.h"

#include <stddef.h>

#include "base/addr.h"
#include "base/name.h"

struct mark {
	const char *provider, *of;
};

static const struct mark names[] = {
#define NAME_UNDER(provider, suffix) { provider, suffix },
#define ADDRESS_IN(provider, prefix)
#include "dcv/providers.def"
#undef NAME_UNDER
#undef ADDRESS_IN
};

static const struct mark addresses[] = {
#define NAME_UNDER(provider, suffix)
#define ADDRESS_IN(provider, prefix) { provider, prefix },
#include "dcv/providers.def"
#undef NAME_UNDER
#undef ADDRESS_IN
};

const char *
provider_of_name(const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (name_is_under(name, names[i].of))
			return names[i].provider;
	return NULL;
}

const char *
provider_of_address(const char *literal)
{
	struct sockaddr_storage address;

	if (!addr_parse(literal, &address))
		return NULL;
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
		if (addr_in_prefix((const struct sockaddr *)&address, addresses[i].of))
			return addresses[i].provider;
	return NULL;
}
