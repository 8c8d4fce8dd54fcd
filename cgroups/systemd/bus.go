package systemd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/godbus/dbus/v5"
)

// patience is how long systemd gets for one request, its jobs included.
const patience = 30 * time.Second

// The names of D-Bus (org.freedesktop.systemd1(5)).
const (
	service = "org.freedesktop.systemd1"
	object  = "/org/freedesktop/systemd1"
	manager = service + ".Manager."
)

// bus is a connection to a systemd.
type bus struct {
	conn   *dbus.Conn
	ctx    context.Context
	cancel context.CancelFunc
	// removed gets a signal for each job that systemd is done with.
	removed chan *dbus.Signal
}

var errNotRunning = errors.New("systemd not running on this host, cannot use systemd cgroups manager")

// Check reports whether this host has a systemd (sd_booted(3)).
func Check() error {
	if info, err := os.Lstat("/run/systemd/system"); err != nil || !info.IsDir() {
		return errNotRunning
	}
	return nil
}

// connect connects to the host's systemd, or to the user's own for who is not the host's root.
func connect() (*bus, error) {
	if err := Check(); err != nil {
		return nil, err
	}
	who := findCaller()
	addresses := systemAddresses()
	if !who.isRoot {
		addresses = userAddresses(who.uid)
	}
	var failures []error
	for _, a := range addresses {
		b, err := a.dial(who.uid)
		if err == nil {
			return b, nil
		}
		failures = append(failures, fmt.Errorf("connect to systemd at %s: %w", a.text, err))
	}
	return nil, errors.Join(failures...)
}

// address is where a systemd may be asked: by a message bus, or by a socket of its own, which has
// no names, and where nobody else's traffic counts.
type address struct {
	text    string
	private bool
}

func systemAddresses() []address {
	return []address{{"unix:path=/run/systemd/private", true}, {"unix:path=/run/dbus/system_bus_socket", false}}
}

// userAddresses are those of a user's systemd (file-hierarchy(7), systemd-logind's directory).
func userAddresses(uid int) (addresses []address) {
	if text := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); text != "" {
		addresses = append(addresses, address{text, false})
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = "/run/user/" + strconv.Itoa(uid)
	}
	dir = dbus.EscapeBusAddressValue(dir)
	return append(addresses, address{"unix:path=" + dir + "/systemd/private", true}, address{"unix:path=" + dir + "/bus", false})
}

func (a address) dial(uid int) (*bus, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	conn, err := dbus.Dial(a.text, dbus.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	b := &bus{conn: conn, ctx: ctx, cancel: cancel, removed: make(chan *dbus.Signal, 64)}
	if err := b.greet(a.private, uid); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *bus) greet(private bool, uid int) error {
	if err := b.conn.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(uid))}); err != nil {
		return err
	}
	b.conn.Signal(b.removed)
	if private { // each signal comes by it
		return nil
	}
	if err := b.conn.Hello(); err != nil {
		return err
	}
	err := b.conn.AddMatchSignal(dbus.WithMatchInterface(service+".Manager"), dbus.WithMatchMember("JobRemoved"))
	if err != nil {
		return err
	}
	return b.call("Subscribe").Err
}

func (b *bus) close() error {
	b.cancel()
	return b.conn.Close()
}

// call calls a method of the manager.
func (b *bus) call(method string, arguments ...any) *dbus.Call {
	return b.conn.Object(service, object).CallWithContext(b.ctx, manager+method, 0, arguments...)
}

// do has systemd do a job, and waits until that is over. The job's result is "done", or why it
// was not.
func (b *bus) do(method string, arguments ...any) (result string, err error) {
	var job dbus.ObjectPath
	if err := b.call(method, arguments...).Store(&job); err != nil {
		return "", err
	}
	for {
		select {
		case s := <-b.removed:
			if s == nil {
				return "", errors.New("the connection to systemd has ended")
			}
			if result, is := resultOf(s, job); is {
				return result, nil
			}
		case <-b.ctx.Done():
			return "", fmt.Errorf("systemd has not answered for %s", patience)
		}
	}
}

// resultOf reads JobRemoved(id, job, unit, result).
func resultOf(s *dbus.Signal, job dbus.ObjectPath) (result string, is bool) {
	if s.Name != manager+"JobRemoved" || len(s.Body) != 4 || s.Body[1] != job {
		return "", false
	}
	result, is = s.Body[3].(string)
	return result, is
}

// settle returns when systemd has worked off what it was asked for before: after each message it
// first does what that has left to be done.
func (b *bus) settle() error {
	return b.conn.Object(service, object).CallWithContext(b.ctx, "org.freedesktop.DBus.Peer.Ping", 0).Err
}

// isError reports whether an error is one of systemd's own, such as "NoSuchUnit".
func isError(err error, name string) bool {
	var answer dbus.Error
	return errors.As(err, &answer) && answer.Name == service+"."+name
}
