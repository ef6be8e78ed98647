#include "io.h"

#include <stdio.h>
#include <stdlib.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "../base/wire.h"

#define TX_BUFFERS 4095u
#define RX_BUFFERS 4095u
#define DESCRIPTORS 1024u

struct io_port {
	uint16_t port;
	struct rte_mempool *tx_pool, *rx_pool;
	struct rte_mbuf *reserved[IO_BURST];
	uint32_t reserved_count;
	struct rte_mbuf *peeked[IO_BURST];
	uint32_t peeked_count;
};

struct io_port *io_port_open(uint16_t port)
{
	struct io_port *p = calloc(1, sizeof *p);
	uint16_t bytes = RTE_PKTMBUF_HEADROOM + IO_BUFFER_BYTES;
	if (!p)
		return NULL;
	p->port = port;
	p->tx_pool = rte_pktmbuf_pool_create("tx", TX_BUFFERS, 256, 0, bytes, SOCKET_ID_ANY);
	p->rx_pool = rte_pktmbuf_pool_create("rx", RX_BUFFERS, 256, 0, bytes, SOCKET_ID_ANY);
	if (!p->tx_pool || !p->rx_pool) {
		fprintf(stderr, "netvm-gen: no memory for its packet buffers\n");
		free(p);
		return NULL;
	}
	if (wire_start_port(port, p->rx_pool, DESCRIPTORS, 1) != 0) {
		free(p);
		return NULL;
	}
	return p;
}

void io_port_close(struct io_port *p)
{
	rte_pktmbuf_free_bulk(p->reserved, p->reserved_count);
	io_port_release(p);
	rte_eth_dev_stop(p->port);
	free(p);
}

int io_port_link_up(const struct io_port *p)
{
	return wire_link_up(p->port);
}

uint32_t io_port_reserve(struct io_port *p, uint8_t **to, uint32_t n)
{
	if (n > p->reserved_count &&
	    rte_pktmbuf_alloc_bulk(p->tx_pool, p->reserved + p->reserved_count, n - p->reserved_count) == 0)
		p->reserved_count = n;
	if (n > p->reserved_count)
		n = p->reserved_count;
	for (uint32_t i = 0; i < n; i++)
		to[i] = rte_pktmbuf_mtod(p->reserved[i], uint8_t *);
	return n;
}

uint32_t io_port_commit(struct io_port *p, const uint16_t *lengths, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		p->reserved[i]->data_len = lengths[i];
		p->reserved[i]->pkt_len = lengths[i];
	}
	uint32_t taken = rte_eth_tx_burst(p->port, 0, p->reserved, (uint16_t)n);
	p->reserved_count -= taken;
	for (uint32_t i = 0; i < p->reserved_count; i++)
		p->reserved[i] = p->reserved[taken + i];
	return taken;
}

uint32_t io_port_peek(struct io_port *p, struct io_frame *frames, uint32_t n)
{
	io_port_release(p);
	p->peeked_count = rte_eth_rx_burst(p->port, 0, p->peeked, (uint16_t)n);
	for (uint32_t i = 0; i < p->peeked_count; i++) {
		const struct rte_mbuf *m = p->peeked[i];
		frames[i] = (struct io_frame){rte_pktmbuf_mtod(m, const uint8_t *), m->pkt_len, m->data_len};
	}
	return p->peeked_count;
}

void io_port_release(struct io_port *p)
{
	rte_pktmbuf_free_bulk(p->peeked, p->peeked_count);
	p->peeked_count = 0;
}
