package session

import (
	"encoding/binary"
	"os"

	"golang.org/x/sys/unix"
)

// FrameTaken tells the caller that the command has got the last FrameStdin. Only then the next one
// is sent: a command that does not read keeps no signal waiting behind its stdin.
const FrameTaken byte = 't'

// TrySendFrame writes a frame that is no longer than a packet, or returns false where that would
// have to wait for the reader.
func (c *Conn) TrySendFrame(kind byte, content []byte) (sent bool, err error) {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return false, err
	}
	packet := [][]byte{{kind}, content}
	var failed error
	err = raw.Write(func(fd uintptr) bool {
		for failed = unix.EINTR; failed == unix.EINTR; {
			_, failed = unix.SendmsgBuffers(int(fd), packet, nil, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
		}
		return true
	})
	switch {
	case err != nil:
		return false, err
	case failed == unix.EAGAIN:
		return false, nil
	}
	return failed == nil, os.NewSyscallError("sendmsg", failed)
}

// Size is the content of a FrameSize.
func Size(rows, columns uint16) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, rows), columns)
}

// ParseSize is the reverse of Size.
func ParseSize(content []byte) (rows, columns uint16, ok bool) {
	if len(content) != 4 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint16(content), binary.BigEndian.Uint16(content[2:]), true
}
