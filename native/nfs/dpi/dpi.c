/* dpi: looks for many patterns at once in what packets carry (Hyperscan); drops or counts what it finds. */
#include <stdio.h>
#include <string.h>

#include "../../abi/headers.h"
#include "../../abi/nf.h"
#include "../../abi/region.h"
#include "../common/options.h"
#include "../common/report.h"
#include "patterns.h"

enum { PASSED, DROPPED, NOT_IP, EMPTY, FAILED, COUNTS };
static const char *const count_names[COUNTS] = {"passed", "dropped", "notIp", "empty", "failed"};

static struct patterns patterns;
static uint64_t matches[PATTERNS_MAX];
static uint64_t counts[COUNTS];

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	const char *file = NULL;
	const struct nf_option options[] = {{.name = "--patterns", .kind = NF_TEXT, .value = &file, .required = 1}};
	memset(counts, 0, sizeof counts);
	memset(matches, 0, sizeof matches);
	if (nf_options_read(argc, argv, options, 1, error, error_bytes) != 0)
		return -1;
	return patterns_read(&patterns, file, error, error_bytes);
}

/*
 * What the packet carries, from `*from`, so many bytes: behind the transport header where there is one, else behind the IP
 * header.
 */
static uint32_t payload(const uint8_t *frame, const struct netvm_headers *h, uint32_t *from)
{
	uint32_t at = h->l4;
	if (at == 0)
		at = h->l3 + (h->version == 4 ? (frame[h->l3] & 0x0fu) * 4u : NETVM_IPV6_BYTES);
	else if (h->protocol == NETVM_TCP)
		at += (frame[at + 12] >> 4) * 4u;
	else
		at += netvm_l4_min_bytes(h->protocol);
	*from = at;
	return at < h->end ? h->end - at : 0;
}

/* Called by Hyperscan at each pattern's first match. Not 0: enough is known. */
static int on_match(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *drop)
{
	(void)from;
	(void)to;
	(void)flags;
	matches[id]++;
	*(int *)drop |= patterns.drops[id];
	return *(int *)drop;
}

static int look_into(const struct netvm_packet *p)
{
	struct netvm_headers h;
	uint32_t from;
	int drop = 0;
	if (!netvm_headers_read(p->data, p->length, &h))
		return NOT_IP;
	uint32_t bytes = payload(p->data, &h, &from);
	if (bytes == 0)
		return EMPTY;
	hs_error_t e = hs_scan(patterns.database, (const char *)p->data + from, bytes, 0, patterns.scratch, on_match, &drop);
	if (e != HS_SUCCESS && e != HS_SCAN_TERMINATED)
		return FAILED;
	return drop ? DROPPED : PASSED;
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		int what = look_into(&packets[i]);
		counts[what]++;
		if (what == DROPPED || what == FAILED)
			packets[i].action = NETVM_ACTION_DROP; /* what could not be looked into does not pass */
	}
}

static void stop(void)
{
	for (uint32_t i = 0; i < patterns.count; i++) {
		if (matches[i])
			printf("{\"nf\":\"dpi\",\"pattern\":%u,\"matches\":%lu}\n", i, matches[i]);
	}
	nf_report("dpi", count_names, counts, COUNTS);
	patterns_give_back(&patterns);
}

const struct netvm_nf netvm_nf = {
	.name = "dpi",
	.usage = "  --patterns FILE   one a line: drop|count REGEX",
	.start = start,
	.process = process,
	.stop = stop,
};
