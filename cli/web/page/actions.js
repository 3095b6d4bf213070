// What people do: silence, note, sweep now, end a silence. Each asks what it needs in a dialog,
// and for the token once a session, and says what became of it.

import {byId, setText} from './dom.js';
import {token, write} from './api.js';

const kAuthorKey = 'rollcall-author';
const kToast_ms = 6000;
const kRefusals = [401, 403];
const kTokenCharacters = /^[\x20-\x7e]+$/;  // others cannot be in a header

// A dialog's form as an object; null when it was left.
function ask(id, prepare) {
  const dialog = byId(id);
  const form = dialog.querySelector('form');
  form.reset();
  prepare(form.elements);
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      resolve(dialog.returnValue === 'ok' ? Object.fromEntries(new FormData(form)) : null);
    }, {once: true});
  });
}

export class Actions {
  constructor(fleet) {
    this.fleet = fleet;
    for (const button of document.querySelectorAll('dialog [data-cancel]')) {
      button.addEventListener('click', () => button.closest('dialog').close(''));
    }
  }

  toast(text, isBad = false) {
    const toast = byId('toast');
    toast.classList.toggle('is-bad', isBad);
    setText(toast, text);
    toast.hidden = false;
    clearTimeout(this.toasting);
    this.toasting = setTimeout(() => { toast.hidden = true; }, isBad ? 2 * kToast_ms : kToast_ms);
  }

  // True once there is something to show to the watch.
  async haveToken(why = '') {
    if (token.get() || this.fleet.status?.may_write) return true;
    const given = await ask('token-dialog', () => {
      setText(byId('token-problem'), why);
      byId('token-problem').hidden = why === '';
    });
    if (!given) return false;
    const text = given.token.trim();
    if (!kTokenCharacters.test(text)) {
      return this.haveToken('A token has letters, digits and signs of ASCII alone.');
    }
    token.set(text);
    return true;
  }

  // Asks again for as long as the watch does not take the token; says why it refuses anything
  // else.
  async send(method, path, body, done) {
    let why = '';
    while (await this.haveToken(why)) {
      try {
        await write(method, path, body);
        this.toast(done);
        return true;
      } catch (error) {
        if (!kRefusals.includes(error.status) || !token.get()) {
          this.toast(`Refused: ${error.message}`, true);
          return false;
        }
        token.forget();
        why = `The watch does not take this token: ${error.message}`;
      }
    }
    return false;
  }

  async silence(group) {
    const given = await ask('silence-dialog', (fields) => {
      setText(byId('silence-whom'), group.group);
      fields.author.value = localStorage.getItem(kAuthorKey) ?? '';
    });
    if (!given) return;
    localStorage.setItem(kAuthorKey, given.author);
    await this.send('POST', 'api/v1/silences', {
      groups: [group.group], duration_s: Number(given.duration_s), author: given.author,
      reason: given.reason,
    }, `${group.group} is silenced.`);
  }

  async note(group) {
    const given = await ask('note-dialog', (fields) => {
      setText(byId('note-whom'), group.group);
      fields.text.value = group.note ?? '';
      fields.author.value = localStorage.getItem(kAuthorKey) ?? '';
    });
    if (!given) return;
    localStorage.setItem(kAuthorKey, given.author);
    await this.send('POST', 'api/v1/notes',
                    {group: group.group, text: given.text, author: given.author},
                    given.text ? 'The note is kept.' : 'The note is gone.');
  }

  async sweep(group) {
    await this.send('POST', 'api/v1/sweeps', {group: group.group},
                    `${group.group} is asked at once.`);
  }

  async endSilence(silence) {
    await this.send('DELETE', `api/v1/silences/${encodeURIComponent(silence.id)}`, undefined,
                    'The silence is over.');
  }
}
