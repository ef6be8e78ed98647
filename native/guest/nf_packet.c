/*
 * main() of every NF in a guest behind its kernel's network driver, on an AF_PACKET socket: no DPDK. init runs it, told how by the launcher. An idle one sleeps in
 * the kernel, so that the guest's core halts.
 */
#include <stdio.h>
#include <time.h>

#include "../vswitch/nf_program.h"
#include "../vswitch/packet_socket.h"
#include "network.h"

#define INTERFACE "eth0"   /* a guest has one */
#define WAIT_MS 5
#define FULL_NS 20000      /* until a device whose ring is full is asked again */
#define ROUNDS_A_LOOK 256u /* at the kernel's count of drops, which costs a system call */

/* Sends all but what the kernel refuses: a full device holds the NF back, as on NetVM. What is left when it has to stop is lost, by name. */
static void send_all(struct packet_socket *s, struct network_nf *nf, const struct netvm_packet *packets, uint32_t n)
{
	while (n > 0 && !nf_program_stops()) {
		uint32_t sent = packet_send(s, packets, n, &nf->telemetry.values[NF_COUNT_DROP_REFUSED]);
		packets += sent;
		n -= sent;
		if (n > 0)
			nanosleep(&(struct timespec){.tv_nsec = FULL_NS}, NULL);
	}
	nf->telemetry.values[NF_COUNT_DROP_STOPPED] += n;
}

/* Returns the number of packets. */
static uint32_t serve_burst(struct packet_socket *s, struct network_nf *nf)
{
	struct netvm_packet packets[NETVM_NF_BURST];
	uint32_t n = packet_receive(s, packets, NETVM_NF_BURST), going = 0;
	if (n > 0)
		netvm_nf.process(packets, n);
	for (uint32_t i = 0; i < n; i++) {
		if (packets[i].action != NETVM_ACTION_DROP) /* no services and one port: all else goes on */
			packets[going++] = packets[i];
	}
	nf->telemetry.values[NF_COUNT_RX] += n;
	nf->telemetry.values[NF_COUNT_DROP_VERDICT] += n - going;
	send_all(s, nf, packets, going);
	packet_release(s);
	return n;
}

static void run(struct packet_socket *s, struct network_nf *nf)
{
	nf->telemetry.values[NF_COUNT_LINK_UP] = 1;
	network_ready();
	for (uint32_t round = 0; !nf_program_stops(); round++) {
		uint32_t n = serve_burst(s, nf);
		if (n == 0 && !nf->polls)
			packet_wait(s, WAIT_MS);
		if ((n == 0 && !nf->polls) || round % ROUNDS_A_LOOK == 0)
			nf->telemetry.values[NF_COUNT_DROP_RING] = packet_drops(s);
	}
	if (netvm_nf.stop)
		netvm_nf.stop();
}

int main(int argc, char **argv)
{
	static struct network_nf nf;
	static struct packet_socket s;
	int fault = network_start(&nf, "packet", argc, argv, NF_COUNTERS_PACKET);
	if (fault != 0)
		return fault;
	fault = packet_open(&s, INTERFACE);
	if (fault == -1)
		fprintf(stderr, "%s: there is no interface " INTERFACE " in this guest\n", nf.program);
	if (fault != 0)
		return 3;
	run(&s, &nf);
	packet_close(&s);
	return 0;
}
