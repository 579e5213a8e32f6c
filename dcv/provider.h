#ifndef DCV_PROVIDER_H
#define DCV_PROVIDER_H
/* Pure: whose are a CNAME's target and an address, if they belong to a well
 * known provider that stands in front of names?  See providers.def. */

/* "Fastly"; NULL: nobody whom we know. */
const char *provider_of_name(const char *name);
const char *provider_of_address(const char *literal);
#endif
