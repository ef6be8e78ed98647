#include "routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/lines.h"
#include "../common/options.h"

struct route {
	struct match_prefix prefix;
	uint32_t line; /* a prefix named twice: the later line holds */
	uint16_t hop;
};

struct reading {
	struct routes *routes;
	struct route *list;
	uint32_t count;
};

/* The number of a next hop; routes share them. 0 where there are too many. */
static uint16_t number_of(struct routes *r, const struct hop *hop)
{
	for (uint32_t i = 1; i <= r->hops_count; i++) {
		if (memcmp(&r->hops[i], hop, sizeof *hop) == 0)
			return (uint16_t)i;
	}
	if (r->hops_count == HOPS_MAX)
		return 0;
	r->hops[++r->hops_count] = *hop;
	return (uint16_t)r->hops_count;
}

static const char *take_route(void *context, char **words, int n)
{
	struct reading *in = context;
	struct hop hop = {.kind = HOP_VIA};
	if (in->count == ROUTES_MAX)
		return "expected at most 65536 routes";
	struct route *route = &in->list[in->count];
	if (match_prefix_read(words[0], &route->prefix) != 0)
		return "expected a prefix such as 10.0.0.0/8 or 2001:db8::/32";
	if (n == 2 && strcmp(words[1], "drop") == 0)
		hop.kind = HOP_DROP;
	else if (n == 2 && strcmp(words[1], "unreachable") == 0)
		hop.kind = HOP_UNREACHABLE;
	else if (n != 3 || strcmp(words[1], "via") != 0)
		return "expected PREFIX via MAC, PREFIX drop or PREFIX unreachable";
	else if (nf_parse_mac(words[2], hop.mac) != 0)
		return "expected a MAC address such as 02:00:00:00:00:01";
	route->line = in->count++;
	route->hop = number_of(in->routes, &hop);
	return route->hop ? NULL : "expected at most 1024 different next hops";
}

static int shorter_first(const void *a, const void *b)
{
	const struct route *x = a, *y = b;
	if (x->prefix.length != y->prefix.length)
		return x->prefix.length < y->prefix.length ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static int build(struct reading *in, const char *file, char *error, uint32_t error_bytes)
{
	qsort(in->list, in->count, sizeof in->list[0], shorter_first);
	for (uint32_t i = 0; i < in->count; i++) {
		const struct match_prefix *p = &in->list[i].prefix;
		uint8_t bytes[16];
		int v4 = p->version == 4;
		netvm_put32(bytes, (uint32_t)(v4 ? p->address.low : p->address.high >> 32));
		netvm_put32(bytes + 4, (uint32_t)p->address.high);
		netvm_put32(bytes + 8, (uint32_t)(p->address.low >> 32));
		netvm_put32(bytes + 12, (uint32_t)p->address.low);
		if (lpm_add(v4 ? &in->routes->v4 : &in->routes->v6, bytes, p->length, in->list[i].hop) != 0) {
			snprintf(error, error_bytes, "%s: expected routes that need at most %u tables of 256 entries", file, LPM_NODES);
			return -1;
		}
	}
	in->routes->count = in->count;
	return 0;
}

void routes_give_back(struct routes *routes)
{
	lpm_give_back(&routes->v4);
	lpm_give_back(&routes->v6);
}

int routes_read(struct routes *routes, const char *file, char *error, uint32_t error_bytes)
{
	struct reading in = {.routes = routes, .list = malloc(ROUTES_MAX * sizeof in.list[0])};
	routes->hops_count = 0;
	if (!in.list) {
		snprintf(error, error_bytes, "no memory for routes");
		return -1;
	}
	int result = lpm_open(&routes->v4, 3, error, error_bytes);
	if (result == 0)
		result = lpm_open(&routes->v6, 2, error, error_bytes);
	if (result == 0)
		result = nf_lines_read(file, take_route, &in, error, error_bytes);
	if (result == 0)
		result = build(&in, file, error, error_bytes);
	free(in.list);
	if (result != 0)
		routes_give_back(routes);
	return result;
}
