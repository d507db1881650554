//kind define
//include sys/mman.h
#ifndef MFD_HUGE_64KB
#define MFD_HUGE_64KB	(16U << 26)
#endif
#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB	(21U << 26)
#endif
#ifndef MFD_HUGE_32MB
#define MFD_HUGE_32MB	(25U << 26)
#endif
#ifndef MFD_HUGE_512MB
#define MFD_HUGE_512MB	(29U << 26)
#endif
#ifndef MFD_HUGE_1GB
#define MFD_HUGE_1GB	(30U << 26)
#endif
#ifndef MFD_HUGE_16GB
#define MFD_HUGE_16GB	(34U << 26)
#endif
