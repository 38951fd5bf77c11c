// The npm package cashcode-bv, somebody else's CCNET host, takes one note from the emulated acceptor into its cassette.
//
//   node cashcode_bv.js PORT [return]
//
// Prints one JSON line for each step. Whoever started it puts a note of the emulator's to the mouth on "enabled". The note is
// stacked, or given back with `return`. Ends with 0 after "done", with 1 and the reason otherwise.
'use strict';

// cashcode-bv was written for serialport 9 and opens ports by `new SerialPort(path, options)`. Its handler of 'close' looks
// for the method on the port instead of on itself.
const serialport = require('serialport');
class SerialPort extends serialport.SerialPort {
  constructor(path, options) { super({ ...options, path }); }
  onSerialPortClose() {}
}
require.cache[require.resolve('serialport')].exports = SerialPort;
const BillValidator = require('cashcode-bv/Source/CCNet/BillValidator');

const PATIENCE_MS = 30000;
const [port, way = 'stack'] = process.argv.slice(2);

function say(event, fields = {}) {
  process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');
}

function fail(reason) {
  say('failed', { reason: String(reason) });
  process.exit(1);
}

function next(validator, event) {
  return new Promise((resolve) => validator.once(event, resolve));
}

async function session() {
  const validator = new BillValidator(port);
  // Its event of 'power-up' comes with the first poll; a reset in between would hide it.
  for (const event of ['power-up', 'initialize', 'accepting', 'stacking', 'returning', 'jammed', 'cheated']) {
    validator.on(event, () => say(event));
  }
  const poweredUp = next(validator, 'power-up');
  await validator.open();
  await poweredUp;
  await validator.connect();
  const bills = validator.billTable.filter((bill) => bill.amount > 0);
  say('identified', { ...validator.info, bills: bills.map((bill) => [bill.code, bill.amount]) });

  const idling = next(validator, 'idling');
  await validator.begin();
  await idling;
  const escrow = next(validator, 'escrow');
  say('enabled');
  const note = await escrow;
  say('escrow', { amount: note.amount });

  const end = next(validator, way === 'return' ? 'returned' : 'stacked');
  await (way === 'return' ? validator.retrieve() : validator.stack());
  const ended = await end;
  say(way === 'return' ? 'returned' : 'stacked', { amount: ended.amount });

  const disabled = next(validator, 'disabled');
  await validator.end();
  await disabled;
  say('disabled');
  validator.statusTimerStop();
  await validator.close();
  say('done');
  process.exit(0);
}

process.on('unhandledRejection', fail);
process.on('uncaughtException', fail);
setTimeout(() => fail('the session takes too long'), PATIENCE_MS);
session().catch(fail);
