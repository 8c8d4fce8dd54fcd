package seccomp

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// maxEntries is how many files a cache has at most. Then it begins anew.
const maxEntries = 64

// cacheVersion changes when the compiler makes another filter of the same profile.
const cacheVersion = 2

// maxEntry bounds what is read of an entry: profile, filter and notes.
const maxEntry = maxProfile + 16*unix.BPF_MAXINSNS + maxProfile

// cache is an open directory with filters that have been compiled. A filter is believed
// only if nobody but this user can have written it.
type cache int

// entry is what a filter is compiled from. Its file is named by a hash of the key, and
// holds all of the key: a profile with the same hash is another entry.
type entry struct{ name, key string }

func entryOf(host Host, profile []byte) entry {
	return newEntry(fmt.Sprintf("%s %d.%d %x\n%s", host.Arch, host.Kernel.Major, host.Kernel.Minor, host.Capabilities, profile))
}

// entryOfSpec is entryOf for the rules of a specification, which are for all kernels and
// capabilities.
func entryOfSpec(arch, rules string) entry {
	return newEntry(arch + " specification\n" + rules)
}

func newEntry(of string) entry {
	key := fmt.Sprintf("mydocker %d.%x %s", cacheVersion, hash(compiledAMD64, compiledARM64), of)
	return entry{fmt.Sprintf("%016x", hash(key)), key}
}

// hash is like the 64-bit FNV-1a hash of strings, but takes eight bytes at a time: it is computed
// at each start.
func hash(parts ...string) uint64 {
	const word, prime = 8, 1099511628211
	sum := uint64(14695981039346656037)
	for _, s := range parts {
		for ; len(s) >= word; s = s[word:] {
			sum ^= uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
				uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
			sum *= prime
			sum ^= sum >> 32
		}
		for i := range len(s) {
			sum = (sum ^ uint64(s[i])) * prime
		}
	}
	return sum
}

// openCache opens the directory, and makes it if it is missing. Others may pass through
// the one above it, where there is more of this user's.
func openCache(path string) (cache, error) {
	if path == "" {
		return -1, unix.ENOENT
	}
	fd, err := utils.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o711), os.MkdirAll(path, 0o700)); err != nil {
			return -1, err
		}
		fd, err = utils.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	}
	if err != nil {
		return -1, err
	}
	if err := own(fd, unix.S_IFDIR); err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	return cache(fd), nil
}

// own is an error if somebody else may have written the file.
func own(fd int, kind uint32) error {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT != kind || int(stat.Uid) != os.Geteuid() || stat.Mode&0o022 != 0 {
		return unix.EPERM
	}
	return nil
}

func (c cache) close() error { return unix.Close(int(c)) }

// get reads an entry. One that is not whole, or somebody else's, is not there.
func (c cache) get(wanted entry) (filter Filter, found bool) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(int(c), wanted.name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return Filter{}, false
	}
	var text []byte
	if err = own(fd, unix.S_IFREG); err == nil {
		text, err = utils.ReadOpen(fd, maxEntry)
	}
	if errClose := unix.Close(fd); err != nil || errClose != nil {
		return Filter{}, false
	}
	return wanted.read(string(text))
}

// text is the content of the entry's file: a line with the flags, the program, how many
// notes there are, and their hash; the notes; the key.
func (e entry) text(filter Filter) string {
	var s strings.Builder
	body := strings.Join(append(filter.Notes, e.key), "\n")
	fmt.Fprintf(&s, "%x %s %d %x\n%s", filter.Flags, filter.Program, len(filter.Notes), hash(filter.Program, body), body)
	return s.String()
}

// read takes the content apart, if it is all there and for this key.
func (e entry) read(text string) (filter Filter, found bool) {
	head, body, _ := strings.Cut(text, "\n")
	words := strings.Fields(head)
	if len(words) != 4 || words[3] != strconv.FormatUint(hash(words[1], body), 16) {
		return Filter{}, false
	}
	flags, errFlags := strconv.ParseUint(words[0], 16, 64)
	notes, errNotes := strconv.Atoi(words[2])
	if errFlags != nil || errNotes != nil {
		return Filter{}, false
	}
	filter = Filter{Program: words[1], Flags: flags}
	for range notes {
		var note string
		note, body, _ = strings.Cut(body, "\n")
		filter.Notes = append(filter.Notes, note)
	}
	return filter, body == e.key
}

// put writes an entry, beside its place and then into it.
func (c cache) put(e entry, filter Filter) error {
	if err := c.makeRoom(); err != nil {
		return err
	}
	id, err := utils.NewID()
	if err != nil {
		return err
	}
	fd, err := unix.Openat(int(c), id, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), id)
	_, err = file.WriteString(e.text(filter))
	if err == nil {
		err = file.Sync()
	}
	if errClose := file.Close(); err == nil {
		err = errClose
	}
	if err == nil {
		err = unix.Renameat(int(c), id, int(c), e.name)
	}
	if err != nil {
		err = errors.Join(err, unix.Unlinkat(int(c), id, 0))
	}
	return err
}

// makeRoom empties a cache that has grown too large.
func (c cache) makeRoom() error {
	fd, err := unix.Openat(int(c), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	dir := os.NewFile(uintptr(fd), "cache")
	names, err := dir.Readdirnames(-1)
	if err = errors.Join(err, dir.Close()); err != nil || len(names) < maxEntries {
		return err
	}
	for _, name := range names {
		err = errors.Join(err, unix.Unlinkat(int(c), name, 0))
	}
	return err
}
