/* The generator on a DPDK port: af_packet, tap, a NIC. Its frames are in the generator's own mbufs. One queue. */
#ifndef NETVM_GEN_IO_PORT_H
#define NETVM_GEN_IO_PORT_H

#include <stdint.h>

struct io_port;
struct io_frame;

/* EAL has started. Returns NULL with a sentence on stderr. */
struct io_port *io_port_open(uint16_t port);
void io_port_close(struct io_port *p);
int io_port_link_up(const struct io_port *p);

/* As in io.h, a burst at most. */
uint32_t io_port_reserve(struct io_port *p, uint8_t **to, uint32_t n);
uint32_t io_port_commit(struct io_port *p, const uint16_t *lengths, uint32_t n);
uint32_t io_port_peek(struct io_port *p, struct io_frame *frames, uint32_t n);
void io_port_release(struct io_port *p);

#endif
