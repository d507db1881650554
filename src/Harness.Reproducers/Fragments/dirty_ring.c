//include errno.h linux/kvm.h linux/types.h stdio.h sys/mman.h unistd.h
//needs begin_step
/* The new entries of the vCPU's dirty ring: "slot:page". They are marked to be reset by KVM_RESET_DIRTY_RINGS. */
static int dirty_ring(int number, int vcpu, unsigned long size)
{
	static struct kvm_dirty_gfn *ring;
	static unsigned long next;
	struct kvm_dirty_gfn *entry;
	const char *comma = "";
	int failed;

	if (!ring) {
		void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu,
				    KVM_DIRTY_LOG_PAGE_OFFSET * sysconf(_SC_PAGESIZE));

		if (mapped != MAP_FAILED)
			ring = mapped;
	}
	failed = begin_step(number, "dirty-ring", ring ? 0 : -1);
	printf(" entries=");
	while (ring) {
		entry = &ring[next % (size / sizeof(*ring))];
		if (__atomic_load_n(&entry->flags, __ATOMIC_ACQUIRE) != KVM_DIRTY_GFN_F_DIRTY)
			break;
		printf("%s%u:%llu", comma, entry->slot, (unsigned long long)entry->offset);
		__atomic_store_n(&entry->flags, KVM_DIRTY_GFN_F_RESET, __ATOMIC_RELEASE);
		comma = ",";
		next++;
	}
	printf("\n");
	return failed;
}
