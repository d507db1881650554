//kind define
//include linux/ioctl.h linux/types.h
/* stage2_exporter.h: the stage-2 descriptor that translates ipa */
struct stage2_read {
	__s32 vm_fd;
	__u32 shadow;		/* 1: of the tables for a nested guest */
	__u64 ipa;
	__u64 descriptor;	/* where the walk ended */
	__s32 level;
	__s32 start_level;
	__u32 ia_bits;
	__u32 valid;		/* 1: a page or a block */
	__u64 pgt_flags;
};

#define STAGE2_READ	_IOWR('S', 2, struct stage2_read)
