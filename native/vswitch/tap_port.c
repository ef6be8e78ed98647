#include "tap_port.h"

#include <string.h>

uint32_t tap_receive(struct tap_port *t, struct rte_mbuf **m, uint32_t n)
{
	struct netvm_packet packets[NETVM_NF_BURST];
	if (!__atomic_load_n(&t->open, __ATOMIC_ACQUIRE) || packet_empty(&t->socket) || rte_pktmbuf_alloc_bulk(t->pool, m, n) != 0)
		return 0;
	uint32_t count = packet_receive(&t->socket, packets, n);
	for (uint32_t i = 0; i < count; i++)
		memcpy(rte_pktmbuf_append(m[i], packets[i].length), packets[i].data, packets[i].length); /* a ring's frame is shorter than an mbuf */
	packet_release(&t->socket);
	if (count < n)
		rte_pktmbuf_free_bulk(m + count, n - count);
	return count;
}

uint32_t tap_send(struct tap_port *t, struct rte_mbuf **m, uint32_t n)
{
	struct netvm_packet packets[NETVM_NF_BURST];
	if (!__atomic_load_n(&t->open, __ATOMIC_ACQUIRE))
		return 0;
	for (uint32_t i = 0; i < n; i++)
		packets[i] = (struct netvm_packet){.data = rte_pktmbuf_mtod(m[i], uint8_t *), .length = m[i]->data_len};
	uint32_t sent = packet_send(&t->socket, packets, n, &t->refused);
	rte_pktmbuf_free_bulk(m, sent);
	return sent;
}

uint64_t tap_drops(struct tap_port *t)
{
	return t->drops + (__atomic_load_n(&t->open, __ATOMIC_ACQUIRE) ? packet_drops(&t->socket) : 0);
}

void tap_give_up(struct tap_port *t)
{
	if (!__atomic_load_n(&t->open, __ATOMIC_ACQUIRE) || packet_there(&t->socket) || !packet_empty(&t->socket))
		return;
	t->drops += packet_drops(&t->socket);
	__atomic_store_n(&t->open, 0, __ATOMIC_RELEASE);
}

int tap_look(struct tap_port *t, const char *interface)
{
	if (__atomic_load_n(&t->open, __ATOMIC_ACQUIRE))
		return 0;
	if (t->socket.ring) /* given up */
		packet_close(&t->socket);
	int fault = packet_open(&t->socket, interface);
	if (fault == 0)
		__atomic_store_n(&t->open, 1, __ATOMIC_RELEASE);
	return fault == -2 ? -1 : 0;
}

int tap_up(const struct tap_port *t)
{
	return __atomic_load_n(&t->open, __ATOMIC_ACQUIRE) && packet_up(&t->socket);
}
