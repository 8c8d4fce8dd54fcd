package main

import (
	"sort"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

func pointer(n *int) unsafe.Pointer { return unsafe.Pointer(n) }

func exit(code int) { syscall.Exit(code) }

func write(fd int, text string) {
	for len(text) > 0 {
		n, err := syscall.Write(fd, []byte(text))
		if err != nil {
			return
		}
		text = text[n:]
	}
}

// content is a file's, at most a megabyte, or what hindered its being read.
func content(path string) string {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		errno, _ := err.(syscall.Errno)
		return "errno " + strconv.Itoa(int(errno))
	}
	defer func() { _ = syscall.Close(fd) }()
	var text []byte
	buffer := make([]byte, 65536)
	for len(text) < 1<<20 {
		n, err := syscall.Read(fd, buffer)
		if err != nil || n <= 0 {
			break
		}
		text = append(text, buffer[:n]...)
	}
	return string(text)
}

// words are the strings of a file that have a NUL byte behind each.
func words(path string) []string {
	text := strings.TrimSuffix(content(path), "\x00")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\x00")
}

func list(dir string) []string {
	fd, err := syscall.Open(dir, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer func() { _ = syscall.Close(fd) }()
	var names []string
	buffer := make([]byte, 65536)
	for {
		n, err := syscall.ReadDirent(fd, buffer)
		if err != nil || n <= 0 {
			break
		}
		_, _, names = syscall.ParseDirent(buffer[:n], -1, names)
	}
	sort.Strings(names)
	return names
}

func link(path string) string {
	buffer := make([]byte, 4096)
	n, err := syscall.Readlink(path, buffer)
	if err != nil {
		errno, _ := err.(syscall.Errno)
		return "errno " + strconv.Itoa(int(errno))
	}
	return string(buffer[:n])
}

func open2(path string, flags int) error {
	fd, err := syscall.Open(path, flags|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return syscall.Close(fd)
}

func create(path string) error { return open2(path, syscall.O_WRONLY|syscall.O_CREAT) }

func mknod(path string) error { return syscall.Mknod(path, syscall.S_IFCHR|0o600, 1<<8|3) }

func call(number uintptr, args ...uintptr) string {
	args = append(args, 0, 0, 0)
	result, _, errno := syscall.RawSyscall(number, args[0], args[1], args[2])
	if errno != 0 {
		return "errno " + strconv.Itoa(int(errno))
	}
	return strconv.Itoa(int(result))
}

func chars(text []int8) string {
	var b []byte
	for _, c := range text {
		if c == 0 {
			break
		}
		b = append(b, byte(c))
	}
	return string(b)
}

func ints(numbers ...int) string {
	texts := make([]string, len(numbers))
	for n, number := range numbers {
		texts[n] = strconv.Itoa(number)
	}
	return strings.Join(texts, " ")
}

// after is the number behind a word of the arguments, or 0.
func after(args []string, prefix string) int {
	for _, arg := range args {
		if text, ok := strings.CutPrefix(arg, prefix); ok {
			n, _ := strconv.Atoi(text)
			return n
		}
	}
	return 0
}

func mode(path string) string {
	var stat syscall.Stat_t
	if err := syscall.Stat(path, &stat); err != nil {
		errno, _ := err.(syscall.Errno)
		return "errno " + strconv.Itoa(int(errno))
	}
	return strconv.FormatUint(uint64(stat.Mode), 8)
}
