package wire

import (
	"fmt"
	"strconv"
)

// Decode reads of a marshalled Config what counts for a further process in the same container, and
// for who lists it: command, environment, process and security, and what it becomes in its user namespace.
func Decode(message []byte) (*Config, error) {
	c := &Config{}
	for {
		key, value, rest, ok := NextField(message)
		if !ok {
			return nil, ErrTruncated
		}
		if IsEnd(key) {
			return c, nil
		}
		if err := c.decode(string(key), string(value)); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		message = rest
	}
}

func (c *Config) decode(key, value string) error {
	p := &c.Process
	switch key {
	case KeyArg:
		c.Args = append(c.Args, value)
	case KeyEnv:
		c.Env = append(c.Env, value)
	case KeyRoot:
		c.Root = value
	case KeyOOMScore:
		p.OOMScore = value
	case KeyRlimit:
		p.Rlimits = append(p.Rlimits, value)
	case KeyDir:
		p.Dir = value
	case KeyUmask:
		p.Umask = value
	case KeyUser:
		p.User = value
	case KeyGroups:
		p.Groups = value
	case KeyLabel:
		p.Labels = append(p.Labels, value)
	case KeyScheduler:
		p.Scheduler = value
	case KeyIOPriority:
		p.IOPriority = value
	default:
		return c.Security.decode(key, value)
	}
	return nil
}

func (s *Security) decode(key, value string) (err error) {
	switch key {
	case KeyKeyring:
		s.Keyring = true
	case KeyCapabilities:
		s.Capabilities = &Capabilities{}
		return s.Capabilities.decode(value)
	case KeyNoNewPrivileges:
		s.NoNewPrivileges = true
	case KeyFilter:
		s.Filter = value
	case KeyFilterFlags:
		s.FilterFlags, err = strconv.ParseUint(value, 16, 64)
	case KeyOwnFilter:
		s.OwnFilter = true
	case KeyPersonality:
		s.Personality = value
	case KeyMemoryPolicy:
		s.MemoryPolicy = value
	}
	return err
}

func (c *Capabilities) decode(sets string) error {
	_, err := fmt.Sscanf(sets, "%x %x %x %x %x %x ", &c.Drop, &c.Keep, &c.Ineffective, &c.Inherit, &c.Raise, &c.Ambient)
	return err
}
