package logs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/utils"
)

// The drivers.
const (
	DriverJSON     = "json-file"
	DriverLocal    = "local"
	DriverJournald = "journald"
	DriverNone     = "none"
)

// options are those of a driver, as they were asked for.
type options struct {
	driver string
	// maxSize is the most bytes of a file, 0 for any number.
	maxSize  int64
	maxFiles int
	compress bool
	// labels and env are the names of those that each record has.
	labels, env []string
	tag         string
}

// Check refuses a driver that there is not, and options that it does not have.
func Check(config Config) error {
	_, err := parse(config)
	return err
}

// Readable reports whether what a driver has written can be read again: see Read.
func Readable(driver string) bool {
	return driver == "" || driver == DriverJSON || driver == DriverLocal
}

func parse(config Config) (*options, error) {
	o := &options{driver: config.Driver, maxFiles: 1}
	if o.driver == "" {
		o.driver = DriverJSON
	}
	known := ""
	switch o.driver {
	case DriverJSON:
		known = "max-size max-file compress labels env tag mode"
	case DriverLocal:
		known, o.maxSize, o.maxFiles, o.compress = "max-size max-file compress mode", 20_000_000, 5, true
	case DriverJournald:
		known = "labels env tag mode"
	case DriverNone:
		if len(config.Options) > 0 {
			return nil, fmt.Errorf("invalid logging opts for driver %s", o.driver)
		}
	default:
		return nil, fmt.Errorf("error looking up logging plugin %[1]s: plugin \"%[1]s\" not found (there are json-file, local, journald and none)",
			utils.Shortened(o.driver))
	}
	for _, key := range slices.Sorted(maps.Keys(config.Options)) {
		if !slices.Contains(strings.Fields(known), key) {
			return nil, fmt.Errorf("unknown log opt '%s' for %s log driver", utils.Shortened(key), o.driver)
		}
		if err := o.set(key, config.Options[key]); err != nil {
			return nil, err
		}
	}
	_, asked := config.Options["compress"]
	if o.compress && (o.maxFiles < 2 || o.maxSize == 0) {
		if asked {
			return nil, errors.New("compress cannot be true when max-file is less than 2 or max-size is not set")
		}
		o.compress = false
	}
	return o, nil
}

func (o *options) set(key, value string) (err error) {
	switch key {
	case "max-size":
		o.maxSize, err = parseSize(value)
	case "max-file":
		if o.maxFiles, err = strconv.Atoi(value); err == nil && o.maxFiles < 1 {
			err = errors.New("max-file cannot be less than 1")
		}
	case "compress":
		o.compress, err = strconv.ParseBool(value)
	case "labels":
		o.labels = strings.Split(value, ",")
	case "env":
		o.env = strings.Split(value, ",")
	case "tag":
		o.tag = value
		_, err = expandTag(value, Info{})
	case "mode":
		if value != "" && value != "blocking" {
			err = fmt.Errorf("logger: mode %s is not there: the log is a file, which waits for no reader", utils.Shortened(value))
		}
	}
	if err != nil {
		return fmt.Errorf("log opt %s=%s: %w", key, utils.Shortened(value), err)
	}
	return nil
}

// parseSize reads a size as Docker has it here, such as 10m or 1.5GB: k, m, g, t and p are powers
// of 1,000.
func parseSize(text string) (int64, error) {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789."))
	number, unit := text[:digits], strings.ToLower(strings.TrimPrefix(text[digits:], " "))
	unit = strings.TrimSuffix(strings.TrimSuffix(unit, "b"), "i")
	scale := 1.0
	if power := strings.IndexByte("kmgtp", append([]byte(unit), 0)[0]) + 1; len(unit) == 1 && power > 0 {
		for range power {
			scale *= 1000
		}
	} else if unit != "" {
		number = ""
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || value*scale >= 1<<62 {
		return 0, fmt.Errorf("invalid size: '%s'", utils.Shortened(text))
	}
	if value*scale < 1 {
		return 0, errors.New("max-size must be a positive number")
	}
	return int64(value * scale), nil
}
