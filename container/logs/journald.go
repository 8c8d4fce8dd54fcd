package logs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

const journalSocket = "/run/systemd/journal/socket"

// journal sends each record to journald by its native protocol: a datagram of fields, or for a
// large one a sealed file in memory (systemd's documentation, "Native Journal Protocol").
type journal struct {
	socket int
	to     unix.Sockaddr
	// fields are those that each record has.
	fields []byte
	packet []byte
	lost   int64
	// late says that the last one could not be sent in time: the next ones do not wait.
	late bool
}

// journalPatience is how long a container waits for a journald that takes nothing.
const journalPatience = 2 * time.Second

func openJournal(socket string, o *options, info Info) (*journal, error) {
	if o.tag == "" {
		o.tag = "{{.ID}}"
	}
	attrs, err := o.attributes(info)
	if err != nil {
		return nil, err
	}
	tag := attrs["tag"]
	delete(attrs, "tag")
	if _, err := os.Stat(socket); err != nil {
		return nil, fmt.Errorf("journald is not enabled on this host: %w", err)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket for journald: %w", err)
	}
	patience := unix.NsecToTimeval(int64(journalPatience))
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &patience); err != nil {
		return nil, errors.Join(fmt.Errorf("socket for journald: %w", err), unix.Close(fd))
	}
	j := &journal{socket: fd, to: &unix.SockaddrUnix{Name: socket}}
	for _, field := range [][2]string{
		{"CONTAINER_ID", short(info.ID)}, {"CONTAINER_ID_FULL", info.ID}, {"CONTAINER_NAME", info.Name},
		{"CONTAINER_TAG", tag}, {"IMAGE_NAME", info.Image}, {"SYSLOG_IDENTIFIER", tag},
	} {
		j.fields = appendField(j.fields, field[0], []byte(field[1]))
	}
	for name, value := range attrs {
		if name = fieldName(name); name != "" {
			j.fields = appendField(j.fields, name, []byte(value))
		}
	}
	return j, nil
}

// fieldName is a name as the journal takes it: capitals, digits and underscores, and none of them
// in front.
func fieldName(name string) string {
	return strings.TrimLeft(strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			return r
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return '_'
	}, name), "_0123456789")
}

// appendField appends a field in the form that takes any bytes.
func appendField(to []byte, name string, value []byte) []byte {
	to = append(append(to, name...), '\n')
	to = binary.LittleEndian.AppendUint64(to, uint64(len(value)))
	return append(append(to, value...), '\n')
}

// add implements sink.
func (j *journal) add(r record) {
	priority := "6" // info
	if r.stream == Stderr {
		priority = "3" // err
	}
	message := r.data
	isPartial := message[len(message)-1] != '\n'
	if !isPartial {
		message = message[:len(message)-1]
	}
	j.packet = appendField(append(j.packet[:0], j.fields...), "PRIORITY", []byte(priority))
	j.packet = appendField(j.packet, "MESSAGE", message)
	if isPartial {
		j.packet = appendField(j.packet, "CONTAINER_PARTIAL_MESSAGE", []byte("true"))
	}
	err := j.send(j.packet)
	if err == unix.EMSGSIZE || err == unix.ENOBUFS {
		err = j.sendLarge(j.packet)
	}
	j.late = errors.Is(err, unix.EAGAIN)
	if err != nil {
		j.lost += int64(len(r.data))
	}
}

func (j *journal) flags() int {
	if j.late {
		return unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL
	}
	return unix.MSG_NOSIGNAL
}

func (j *journal) send(packet []byte) error {
	_, err := utils.Retry(func() (int, error) { return 0, unix.Sendto(j.socket, packet, j.flags(), j.to) })
	return err
}

// sendLarge sends what is too large for a datagram in a sealed memfd.
func (j *journal) sendLarge(packet []byte) error {
	fd, err := unix.MemfdCreate("journal-message", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), "journal-message")
	_, err = file.Write(packet)
	if err == nil {
		err = utils.Seal(fd)
	}
	if err == nil {
		_, err = utils.Retry(func() (int, error) {
			return 0, unix.Sendmsg(j.socket, nil, unix.UnixRights(fd), j.to, j.flags())
		})
	}
	return errors.Join(err, file.Close())
}

// flush implements sink.
func (j *journal) settled() bool { return true }

func (j *journal) flush() int64 {
	lost := j.lost
	j.lost = 0
	return lost
}

func (j *journal) close() error { return unix.Close(j.socket) }
