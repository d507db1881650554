//include fcntl.h linux/types.h stdint.h stdio.h unistd.h
//needs begin_step
/* Bit 63: present; bits 54:0: its frame, for root. */
static void read_frame(int number, const char *page)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	__u64 entry = 0;
	long ret = -1;

	if (pagemap >= 0) {
		ret = pread(pagemap, &entry, sizeof(entry),
			    (off_t)((uintptr_t)page / sysconf(_SC_PAGESIZE) * sizeof(entry)));
		close(pagemap);
	}
	begin_step(number, "frame", ret < 0 ? -1 : 0);
	printf(" present=%d address=0x%llx\n", (int)(entry >> 63),
	       (unsigned long long)(entry & ((1ULL << 55) - 1)) * sysconf(_SC_PAGESIZE));
}
