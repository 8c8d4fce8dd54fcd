package seccomp

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// maxProfile is how long a profile may be, in bytes. Docker's has 18 KB.
const maxProfile = 1 << 20

// Load is the filter of the profile in a file, for this machine. What has been compiled
// once is kept in the directory cache, "" for nowhere: a note says where that fails.
func Load(path, cache string, capabilities uint64) (Filter, error) {
	profile, err := read(path)
	if err != nil {
		return Filter{}, fmt.Errorf("seccomp profile %s: %w", path, err)
	}
	host, err := thisHost(capabilities)
	if err != nil {
		return Filter{}, err
	}
	filter, err := compileProfile(profile, host, cache)
	if err != nil {
		return Filter{}, fmt.Errorf("seccomp profile %s: %w", path, err)
	}
	return filter, nil
}

// compileProfile is Compile with a cache.
func compileProfile(profile []byte, host Host, cache string) (Filter, error) {
	return compileOnce(entryOf(host, profile), cache, func() (Filter, error) { return Compile(profile, host) })
}

// compileOnce compiles what the cache does not have, and keeps it there.
func compileOnce(wanted entry, cache string, compile func() (Filter, error)) (filter Filter, err error) {
	dir, errCache := openCache(cache)
	if errCache == nil {
		defer func() { err = errors.Join(err, dir.close()) }()
		if filter, found := dir.get(wanted); found {
			return filter, nil
		}
	}
	if filter, err = compile(); err != nil {
		return Filter{}, err
	}
	if errCache == nil {
		errCache = dir.put(wanted, filter)
	}
	if errCache != nil && cache != "" {
		filter.Notes = append(filter.Notes, fmt.Sprintf("its filter is not kept in %s, and made each time: %v", cache, errCache))
	}
	return filter, nil
}

// read reads a file that is not too long. Nobody waits for a pipe, or reads a device.
func read(path string) (text []byte, err error) {
	fd, err := utils.Open(path, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	var status unix.Stat_t
	if err = unix.Fstat(fd, &status); err == nil && status.Mode&unix.S_IFMT != unix.S_IFREG {
		err = errors.New("it is not a regular file")
	}
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(utils.Reader(fd), maxProfile+1))
	}
	if errClose := unix.Close(fd); err == nil {
		err = errClose
	}
	if err == nil && len(text) > maxProfile {
		err = fmt.Errorf("it is longer than %d bytes", maxProfile)
	}
	return text, err
}
