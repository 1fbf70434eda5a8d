import { expect, test } from '@jest/globals';
import { describeInBrowser, useTabs } from './tabs.ts';

describeInBrowser('the form for a job', () => {
  const tabs = useTabs();

  test('is found from the list, explains what is wrong at its field, and submits', async () => {
    const page = await tabs.open('/ui');
    await page.getByText('New job', { exact: true }).click();
    await page.locator('details.new').getByRole('link', { name: 'counting' }).click();
    await page.getByLabel('seconds').fill('soon');
    await page.getByRole('button', { name: 'Submit' }).first().click();
    await page.getByRole('alert').waitFor();
    const field = page.getByLabel('seconds');
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await field.inputValue()).toBe('soon');
    const described = (await field.getAttribute('aria-describedby')) ?? '';
    const texts = await Promise.all(described.split(' ').map((id) => page.locator(`#${id}`).textContent()));
    expect(texts.join(' ')).toMatch(/A whole number, at least 0, at most 86400.*expected number/s);
    expect(await page.getByLabel('failFirst').getAttribute('aria-invalid')).toBeNull();
    await field.fill('');
    await page.getByRole('button', { name: 'Submit' }).first().click();
    await page.getByText('is missing').waitFor();
    await field.fill('0');
    await page.getByRole('button', { name: 'Submit' }).first().click();
    await page.locator('h1 + .badge', { hasText: 'Succeeded' }).waitFor();
  });

  test('takes the payload as JSON too', async () => {
    const page = await tabs.open('/ui/job-types/csv-sums');
    await page.getByText('Write the payload as JSON').click();
    const json = page.getByLabel('Payload');
    await json.fill('{"csv": 1');
    await page.getByRole('button', { name: 'Submit' }).last().click();
    await page.getByText('This is not JSON.').first().waitFor();
    expect(await json.inputValue()).toBe('{"csv": 1');
    await json.fill('{"csv": "a,b\\n1,2", "groupBy": "a", "metrics": [{"column": "b", "op": "modus"}]}');
    await page.getByRole('button', { name: 'Submit' }).last().click();
    await page.getByText('/metrics/0/op').waitFor();
    await json.fill('{"csv": "a,b\\n1,2", "groupBy": "a", "metrics": [{"column": "b", "op": "sum"}]}');
    await page.getByRole('button', { name: 'Submit' }).last().click();
    await page.locator('h1 + .badge', { hasText: 'Succeeded' }).waitFor();
    expect(await page.locator('table').textContent()).toContain('2');
  });

  test('is sent once, however often the button is pressed', async () => {
    const page = await tabs.open('/ui/job-types/counting');
    await page.getByLabel('seconds').fill('0');
    let posts = 0;
    await page.route('**/ui/job-types/counting', async (route) => {
      if (route.request().method() === 'POST') posts += 1;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Submit' }).first().dblclick();
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    expect(posts).toBe(1);
  });
});
