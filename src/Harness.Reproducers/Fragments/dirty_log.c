//include linux/kvm.h linux/types.h stdio.h string.h sys/ioctl.h unistd.h
//needs begin_step
/* KVM_GET_DIRTY_LOG: the dirty pages, counted from the slot's first. It clears the log. */
static int dirty_log(int number, int vm, unsigned int slot, unsigned long size)
{
	static __u64 bits[64];
	struct kvm_dirty_log log = { .slot = slot, .dirty_bitmap = bits };
	unsigned long page, pages = size / (unsigned long)sysconf(_SC_PAGESIZE);
	const char *comma = "";
	int ret, failed;

	memset(bits, 0, sizeof(bits));
	ret = ioctl(vm, KVM_GET_DIRTY_LOG, &log);
	failed = begin_step(number, "dirty-log", ret);
	printf(" pages=");
	for (page = 0; page < pages && page < sizeof(bits) * 8; page++) {
		if (!(bits[page / 64] >> page % 64 & 1))
			continue;
		printf("%s%lu", comma, page);
		comma = ",";
	}
	printf("\n");
	return failed;
}
