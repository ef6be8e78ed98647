/*
 * An NF that forwards packets until one of its number comes, and then does what no guest may. As an image it is what netvm-microvm's tests run. Some faults come at its
 * start, where there are no packets yet.
 */
#include <stdio.h>
#include <string.h>

#include "../microvm/guest/guest.h"
#include "../nfs/common/options.h"

static uint64_t after = 1, at_start, seen;
static const char *fault_name;
static volatile uint64_t sink, zero;
static volatile int deepest = 1 << 30;

static void write_to(uint64_t address)
{
	*(volatile uint8_t *)address = 1;
}

static void unmapped(void)
{
	write_to(0x7000000000);
}

static void null_pointer(void)
{
	sink = *(volatile uint8_t *)zero;
}

static void behind_region(void)
{
	write_to(MICROVM_REGION_AT + (BOOT->region_bytes + 4095) / 4096 * 4096);
}

static void page_tables(void)
{
	write_to(0x1000);
}

static void task_segment(void)
{
	for (uint64_t at = 0x1000; at < 0x101000; at += 0x1000)
		sink += *(volatile uint8_t *)at;
}

static void own_code(void)
{
	write_to(MICROVM_IMAGE_AT + 64);
}

/* Calls deeper than there is stack. */
__attribute__((noinline)) static int overflow(int depth)
{
	volatile uint8_t room[4096];
	room[0] = (uint8_t)depth;
	return depth < deepest ? overflow(depth + 1) + room[0] : 0;
}

static void stack(void)
{
	overflow(0);
}

static void execute_data(void)
{
	static uint8_t code[16] = {0xc3};
	((void (*)(void))(uintptr_t)code)();
}

static void execute_nothing(void)
{
	((void (*)(void))0x5000000000)();
}

static void hlt(void)
{
	__asm__ volatile("hlt");
}

static void mov_cr3(void)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(0x1000ul));
}

static void wrmsr(void)
{
	__asm__ volatile("wrmsr" : : "a"(0), "d"(0), "c"(0xc0000080));
}

static void cli(void)
{
	__asm__ volatile("cli");
}

static void ud2(void)
{
	__asm__ volatile("ud2");
}

static void divide(void)
{
	__asm__ volatile("xor %%edx, %%edx; divq %0" : : "r"(zero), "a"(1ul) : "rdx");
}

static void syscall(void)
{
	__asm__ volatile("syscall" : : "a"(0) : "rcx", "r11");
}

static void int3(void)
{
	__asm__ volatile("int3");
}

static void interrupt(void)
{
	__asm__ volatile("int $0x80");
}

static void port(void)
{
	__asm__ volatile("outb %%al, $0x31" : : "a"(0));
}

/* What was never meant to be code: constants of this image. */
static void garbage(void)
{
	static const uint8_t bytes[] = {0x06, 0xd6, 0xff, 0xff, 0x3c, 0x99, 0x0f, 0xff, 0x62, 0x00, 0xc5, 0xc4};
	((void (*)(void))(uintptr_t)bytes)();
}

/* A file that no option names: what is opened all the same shows as another fault. */
static void foreign_file(void)
{
	if (fopen("/etc/hostname", "re"))
		ud2();
	divide();
}

static void no_call(void)
{
	guest_call(77);
}

static void print_nothing(void)
{
	guest_call2(MICROVM_PRINT, MICROVM_MEMORY_AT, 1ull << 40);
}

/* Output that does not end. */
static void chatter(void)
{
	static char text[65536];
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\n';
	for (;;)
		guest_call2(MICROVM_PRINT, (uint64_t)text, sizeof text);
}

/* Descriptors that there are none of, without an end: no fault of a guest, and netvmd's to notice. */
static void descriptors(void)
{
	const struct netvm_region_header *h = (const struct netvm_region_header *)MICROVM_REGION_AT;
	struct netvm_ring *out = (struct netvm_ring *)(MICROVM_REGION_AT + h->rings_offset + netvm_ring_out(BOOT->slot) * h->ring_stride);
	for (uint32_t i = 1;; i = i * 1664525 + 1013904223) {
		out->slots[i % h->ring_entries] = (struct netvm_desc){.buffer = i, .offset = (uint16_t)i, .length = (uint16_t)(i >> 16)};
		__atomic_add_fetch(&out->head, 1, __ATOMIC_RELEASE);
	}
}

static const struct {
	const char *name;
	void (*commit)(void);
} faults[] = {
	{"unmapped", unmapped},	      {"null", null_pointer}, {"behind-region", behind_region},	    {"page-tables", page_tables},
	{"task-segment", task_segment}, {"own-code", own_code}, {"stack", stack},		    {"execute-data", execute_data},
	{"execute-nothing", execute_nothing}, {"hlt", hlt},     {"mov-cr3", mov_cr3},		    {"wrmsr", wrmsr},
	{"cli", cli},		      {"ud2", ud2},	      {"divide", divide},		    {"syscall", syscall},
	{"int3", int3},		      {"interrupt", interrupt}, {"port", port},			    {"garbage", garbage},
	{"no-call", no_call},	      {"print-nothing", print_nothing}, {"chatter", chatter},
	{"descriptors", descriptors},
	{"foreign-file", foreign_file},
};

static int commit(void)
{
	for (uint32_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		if (strcmp(faults[i].name, fault_name) == 0) {
			faults[i].commit();
			return 0;
		}
	}
	return -1;
}

static int start(int argc, char **argv, char *error, uint32_t error_bytes)
{
	const struct nf_option options[] = {
		{.name = "--fault", .kind = NF_TEXT, .value = &fault_name, .required = 1},
		{.name = "--after", .kind = NF_NUMBER, .value = &after, .min = 1, .max = 1ull << 40},
		{.name = "--at-start", .kind = NF_FLAG, .value = &at_start},
	};
	if (nf_options_read(argc, argv, options, sizeof options / sizeof options[0], error, error_bytes) != 0)
		return -1;
	if (at_start && commit() != 0) {
		snprintf(error, error_bytes, "--fault: there is no %s", fault_name);
		return -1;
	}
	return 0;
}

static void process(struct netvm_packet *packets, uint32_t n)
{
	(void)packets;
	seen += n;
	if (seen >= after)
		commit();
}

const struct netvm_nf netvm_nf = {.name = "faulty", .start = start, .process = process};
