/* The border of a trust domain: the one place where a packet is copied. */
#include <string.h>

#include <rte_ethdev.h>
#include <rte_memcpy.h>

#include "path.h"

/* As many buffers as there are, up to n. */
static uint32_t take_buffers(struct region *to, struct rte_mbuf **m, uint32_t n)
{
	uint32_t got = 0;
	if (__builtin_expect(rte_mempool_get_bulk(to->pool, (void **)m, n) == 0, 1))
		return n;
	while (got < n && rte_mempool_get(to->pool, (void **)&m[got]) == 0)
		got++;
	return got;
}

/* What lies around the frame in either buffer stays where it is: nothing but the packet passes. The offset is kept, and so was checked. */
static void copy(const struct rte_mbuf *from, struct rte_mbuf *to)
{
	to->data_off = from->data_off;
	to->data_len = from->data_len;
	to->pkt_len = from->data_len;
	to->port = from->port;
	to->ol_flags = from->ol_flags;
	to->hash.rss = from->hash.rss;
	rte_memcpy(rte_pktmbuf_mtod(to, void *), rte_pktmbuf_mtod(from, void *), from->data_len);
}

/* Where a packet's flow is in the table is known by its buffer. */
static void copy_flows(const struct path *p, const struct region *from, struct region *to, struct rte_mbuf *const *m, struct rte_mbuf *const *copies, uint32_t n)
{
	for (uint32_t i = 0; p->flows && i < n; i++)
		to->flow[region_buffer_of(to, copies[i])] = from->flow[region_buffer_of(from, m[i])];
}

uint32_t path_cross(struct path *p, struct region *from, struct region *to, struct rte_mbuf **m, uint32_t n)
{
	struct rte_mbuf *copies[BURST];
	for (uint32_t i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *));
	uint32_t going = take_buffers(to, copies, n);
	for (uint32_t i = 0; i < going; i++) {
		copy(m[i], copies[i]);
		p->copied_bytes += m[i]->data_len;
	}
	copy_flows(p, from, to, m, copies, going);
	rte_mempool_put_bulk(from->pool, (void **)m, n); /* each is one plain buffer of that pool, which nobody else holds */
	memcpy(m, copies, going * sizeof m[0]);
	p->telemetry.values[COUNT_COPIED] += going;
	return going;
}
