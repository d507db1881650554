//include stdio.h sys/ioctl.h unistd.h
//needs begin_step stage2_read
static void print_bits(const char *name, __u64 field, int bits)
{
	printf(" %s=0b", name);
	while (bits--)
		putchar('0' + (int)(field >> bits & 1));
}

/* The descriptor and its fields: Arm ARM D8.3, VMSAv8-64 stage 2. */
static void read_stage2(int number, int exporter, int vm, __u64 ipa, __u32 shadow)
{
	struct stage2_read read = { .vm_fd = vm, .shadow = shadow, .ipa = ipa };
	int shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));

	if (exporter < 0) {
		printf("step %d op=stage2 skipped=1(no exporter)\n", number);
		return;
	}
	if (begin_step(number, "stage2", ioctl(exporter, STAGE2_READ, &read))) {
		putchar('\n');
		return;
	}
	printf(" valid=%u descriptor=0x%016llx level=%d", read.valid,
	       (unsigned long long)read.descriptor, read.level);
	if (read.valid) {
		print_bits("MemAttr", read.descriptor >> 2 & 0xf, 4);
		printf(" S2AP=%c%c", read.descriptor & 1 << 6 ? 'r' : '-',
		       read.descriptor & 1 << 7 ? 'w' : '-');
		print_bits("SH", read.descriptor >> 8 & 3, 2);
		print_bits("AF", read.descriptor >> 10 & 1, 1);
		print_bits("XN", read.descriptor >> 53 & 3, 2);
		printf(" size=0x%llx", 1ULL << (shift + (3 - read.level) * (shift - 3)));
	}
	printf(" pgtFlags=0x%llx startLevel=%d iaBits=%u\n",
	       (unsigned long long)read.pgt_flags, read.start_level, read.ia_bits);
}
