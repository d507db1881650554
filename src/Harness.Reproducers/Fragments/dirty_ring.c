//include errno.h linux/kvm.h linux/types.h stdio.h sys/mman.h unistd.h
//needs begin_step
#if !KVM_DIRTY_LOG_PAGE_OFFSET	/* arm64 has it since Linux 6.2; headers before have 0 */
#undef KVM_DIRTY_LOG_PAGE_OFFSET
#define KVM_DIRTY_LOG_PAGE_OFFSET 64
#endif

/* The new entries of the vCPU's dirty ring: "slot:page". They are marked to be reset by KVM_RESET_DIRTY_RINGS. */
static int dirty_ring(int number, int vcpu, unsigned long size)
{
	static struct {
		int vcpu;
		struct kvm_dirty_gfn *ring;
		unsigned long next;
	} rings[2], *of;
	struct kvm_dirty_gfn *ring, *entry;
	const char *comma = "";
	int failed;

	of = &rings[rings[0].ring && rings[0].vcpu != vcpu];
	if (!of->ring) {
		void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu,
				    KVM_DIRTY_LOG_PAGE_OFFSET * sysconf(_SC_PAGESIZE));

		if (mapped != MAP_FAILED)
			of->ring = mapped;
		of->vcpu = vcpu;
	}
	ring = of->ring;
	failed = begin_step(number, "dirty-ring", ring ? 0 : -1);
	printf(" entries=");
	while (ring) {
		entry = &ring[of->next % (size / sizeof(*ring))];
		if (__atomic_load_n(&entry->flags, __ATOMIC_ACQUIRE) != KVM_DIRTY_GFN_F_DIRTY)
			break;
		printf("%s%u:%llu", comma, entry->slot, (unsigned long long)entry->offset);
		__atomic_store_n(&entry->flags, KVM_DIRTY_GFN_F_RESET, __ATOMIC_RELEASE);
		comma = ",";
		of->next++;
	}
	printf("\n");
	return failed;
}
